#version 330 core

in vec3 position;
in vec3 normal;
in vec2 texcoord;

uniform mat4 model;
uniform mat4 view_projection;
uniform mat4 view;

out vec3 world;
out vec3 local;
out vec3 world_normal;
out vec2 uv;
out float view_depth;
invariant gl_Position;

void main() {
    vec4 at = model * vec4(position, 1.0);
    world = at.xyz;
    local = position;
    world_normal = mat3(model) * normal;
    uv = texcoord;
    view_depth = -(view * at).z;
    gl_Position = view_projection * at;
}
