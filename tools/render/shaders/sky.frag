uniform mat3 camera_axes;     // columns: right, up, back
uniform vec2 tangents;        // of half the field of view, horizontal and vertical
uniform int sky_label;
in vec2 screen;
layout(location = 0) out vec4 colour;
layout(location = 1) out uvec2 ids;
layout(location = 2) out float distance_out;

void main() {
    vec3 direction = normalize(camera_axes * vec3(screen * tangents, -1.0));
    colour = vec4(sky_light(direction), 1.0);
    ids = uvec2(uint(sky_label), 0u);
    distance_out = 0.0;
}
