#version 330 core

in vec2 uv;
uniform sampler2D picture;
uniform bool cutout;

void main() {
    if (cutout && texture(picture, uv).a < 0.5) { discard; }
}
