#version 330 core

uniform vec3 sun_direction;   // towards the sun
uniform vec3 sun_light;       // linear, at normal incidence
uniform vec3 sky_zenith;
uniform vec3 sky_horizon;
uniform vec3 ground_bounce;
uniform float cloudiness;
uniform sampler2D noise;      // r fine grain, g coarse stains; both around one half, tileable

// Light from a direction of the sky, without the sun's disc.
vec3 sky_light(vec3 direction) {
    float height = clamp(direction.y, 0.0, 1.0);
    vec3 clear = mix(sky_horizon, sky_zenith, pow(height, 0.45));
    float glow = pow(max(dot(direction, sun_direction), 0.0), 6.0);
    clear += sun_light * 0.05 * glow;
    // Clouds lie on a plane, so they close up towards the horizon.
    vec2 at = direction.xz / (height + 0.12);
    float cover = 0.5 * texture(noise, at * 0.045).g + 0.3 * texture(noise, at * 0.11 + 0.3).g
        + 0.2 * texture(noise, at * 0.27 + 0.7).g;
    cover = smoothstep(0.62 - 0.3 * cloudiness, 0.78 - 0.2 * cloudiness, cover);
    vec3 cloud = sky_horizon * 1.12 + sun_light * 0.05;
    return mix(clear, cloud, cover * smoothstep(0.0, 0.12, height) * 0.85);
}
