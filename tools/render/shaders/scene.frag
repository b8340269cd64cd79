in vec3 world;
in vec3 local;
in vec3 world_normal;
in vec2 uv;
in float view_depth;

uniform sampler2D picture;
uniform bool cutout;
uniform bool foliage;
uniform vec3 tint;            // linear
uniform float gloss;          // 0 matt .. 1 car paint
uniform float detail;         // strength of the grain
uniform float detail_scale;   // metres of one tile of the grain
uniform bool detail_local;    // grain sticks to a thing that moves or was turned
uniform int label;
uniform int object_id;
uniform float base_height;    // ground under a thing; things darken towards it
uniform float base_reach;     // 0: no darkening
uniform vec3 eye;
uniform float haze;

uniform sampler2DShadow shadow_near;
uniform sampler2DShadow shadow_far;
uniform mat4 shadow_near_matrix;
uniform mat4 shadow_far_matrix;

const int MOST_OCCLUDERS = 48;
uniform int occluders;
uniform vec4 occluder_place[MOST_OCCLUDERS];   // x, z of the centre, half length, half width
uniform vec3 occluder_turn[MOST_OCCLUDERS];    // cos and sin of the heading, ground height

layout(location = 0) out vec4 colour;
layout(location = 1) out uvec2 ids;
layout(location = 2) out float distance_out;

const vec2 TAPS[12] = vec2[](
    vec2(-0.326, -0.406), vec2(-0.840, -0.074), vec2(-0.696, 0.457), vec2(-0.203, 0.621),
    vec2(0.962, -0.195), vec2(0.473, -0.480), vec2(0.519, 0.767), vec2(0.185, -0.893),
    vec2(0.507, 0.064), vec2(0.896, 0.412), vec2(-0.322, -0.933), vec2(-0.792, -0.598));

float lit_share(sampler2DShadow map, mat4 matrix, vec3 at, float radius) {
    vec3 place = (matrix * vec4(at, 1.0)).xyz * 0.5 + 0.5;
    float sum = 0.0;
    for (int i = 0; i < 12; ++i) {
        sum += texture(map, vec3(place.xy + TAPS[i] * radius, place.z - 0.0004));
    }
    return sum / 12.0;
}

float sunlit(vec3 at, vec3 normal) {
    vec3 shifted = at + normal * 0.05;
    vec3 near = (shadow_near_matrix * vec4(shifted, 1.0)).xyz;
    if (all(lessThan(abs(near.xy), vec2(0.97)))) {
        return lit_share(shadow_near, shadow_near_matrix, shifted, 0.0013);
    }
    vec3 far = (shadow_far_matrix * vec4(shifted, 1.0)).xyz;
    if (all(lessThan(abs(far.xy), vec2(0.97)))) {
        return lit_share(shadow_far, shadow_far_matrix, shifted + normal * 0.15, 0.0008);
    }
    return 1.0;
}

// How much of the sky a point of the ground loses to the things that stand beside it.
float ground_openness(vec3 at) {
    float open = 1.0;
    for (int i = 0; i < occluders; ++i) {
        if (abs(at.y - occluder_turn[i].z) > 0.4) { continue; }
        vec2 away = at.xz - occluder_place[i].xy;
        vec2 along = vec2(occluder_turn[i].x * away.x + occluder_turn[i].y * away.y,
                          -occluder_turn[i].y * away.x + occluder_turn[i].x * away.y);
        vec2 outside = max(abs(along) - occluder_place[i].zw, 0.0);
        float reach = 0.12 + 0.35 * min(occluder_place[i].z, occluder_place[i].w);
        open *= 1.0 - 0.8 * exp(-length(outside) / reach);
    }
    return open;
}

float grain(vec3 normal) {
    vec3 place = (detail_local ? local : world) / detail_scale;
    vec3 flat_ = abs(normal);
    vec2 at = flat_.y > max(flat_.x, flat_.z) ? place.xz : (flat_.x > flat_.z ? place.zy : place.xy);
    float fine = texture(noise, at * 2.0).r - 0.5;
    float middle = texture(noise, at * 0.37 + 0.21).r - 0.5;
    float coarse = texture(noise, at * 0.06).g - 0.5;
    return 1.0 + detail * (0.9 * fine + 0.7 * middle + 0.8 * coarse);
}

void main() {
    vec4 texel = texture(picture, uv);
    if (cutout && texel.a < 0.5) { discard; }
    vec3 to_eye = normalize(eye - world);
    // Normals of opposite corners may cancel; a direction towards the eye is as good as any then.
    vec3 normal = dot(world_normal, world_normal) > 1e-8 ? normalize(world_normal) : to_eye;
    if (dot(normal, to_eye) < 0.0) { normal = -normal; }
    float facing = dot(normal, sun_direction);
    if (foliage) {
        // A flat picture of a crown: light it as the round thing it stands for.
        normal = normalize(normal * 0.35 + vec3(0.0, 0.8, 0.0) + to_eye * 0.2);
        facing = 0.4 + 0.5 * dot(normal, sun_direction);
    }
    vec3 albedo = texel.rgb * tint * max(grain(normal), 0.0);
    float lit = facing > 0.0 ? sunlit(world, foliage ? vec3(0.0, 1.0, 0.0) : normal) : 0.0;
    float open = 1.0;
    if (normal.y > 0.8 && base_reach == 0.0) { open = ground_openness(world); }
    if (base_reach > 0.0) { open = mix(0.35, 1.0, smoothstep(-0.02, base_reach, world.y - base_height)); }

    // Leaves let light through: the shaded side of a crown is never as dark as a wall's.
    if (foliage) { lit = 0.3 + 0.7 * lit; }
    float up = 0.5 + 0.5 * normal.y;
    vec3 ambient = mix(ground_bounce, 0.45 * sky_horizon + 0.55 * sky_zenith, up) * open;
    vec3 light = albedo * (ambient + sun_light * max(facing, 0.0) * lit);
    if (gloss > 0.0) {
        vec3 mirror = reflect(-to_eye, normal);
        float fresnel = 0.04 + 0.96 * pow(1.0 - clamp(dot(normal, to_eye), 0.0, 1.0), 5.0);
        vec3 seen = mirror.y > 0.0 ? sky_light(mirror) : ground_bounce * 0.6;
        float spark = pow(clamp(dot(mirror, sun_direction), 0.0, 1.0), 120.0) * lit;
        light += gloss * fresnel * open * (0.8 * seen + 20.0 * spark * sun_light);
    }
    float clear = exp(-haze * length(eye - world));
    colour = vec4(mix(sky_horizon * 0.95, light, clear), 1.0);
    ids = uvec2(uint(label), uint(object_id));
    distance_out = view_depth;
}
