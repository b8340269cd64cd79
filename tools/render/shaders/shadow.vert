#version 330 core

in vec3 position;
in vec2 texcoord;
uniform mat4 model;
uniform mat4 light_matrix;
out vec2 uv;
invariant gl_Position;

void main() {
    uv = texcoord;
    gl_Position = light_matrix * (model * vec4(position, 1.0));
}
