/** The GPU program that draws the points: round, soft-edged, ringed when marked, fading with depth. */
import { ON_PATH } from "./mark-kinds";
import { MAX_FACTOR, MIN_FACTOR } from "./sizes";

/**
 * Sizes and fog follow `diameter` and `depthFraction` of sizes.ts. point-cloud.ts states what lies in `from`,
 * `position` (its `to`) and `style`.
 */
export const VERTEX = `
precision highp float;
in vec3 from;
in vec3 position;
in vec4 style;
uniform mat4 viewProjection; // of places relative to the target
uniform vec3 target;
uniform float glide;
uniform float pixelRatio;
uniform float ordinary;
uniform float marked;
uniform float distance;
uniform float depthCue;
uniform float fogged;
uniform float ringed;
uniform float dimmed;
uniform float outstanding; // the lowest kind of mark that stands out
uniform float muted;
uniform float opacity;
uniform vec3 background;
uniform vec3 ink;
uniform vec3 accent;
uniform sampler2D palette;
out vec3 fill;
out vec4 edge; // color, and width in device pixels
out float radius; // in device pixels
out float alpha;
out float ball;

void main() {
  // What has arrived does not depend on where it came from, which may be NaN.
  vec3 place = glide < 1.0 ? mix(from, position, glide) : position;
  gl_Position = viewProjection * vec4(place - target, 1.0);
  float depth = max(gl_Position.w, 1e-6);
  bool isMarked = style.y > 0.0;
  bool isOutstanding = isMarked && style.y > outstanding - 0.5;
  float size = ${MIN_FACTOR.toFixed(4)} + style.z / 255.0 * ${(MAX_FACTOR - MIN_FACTOR).toFixed(4)};
  float diameter = (isOutstanding ? marked : ordinary) * size * clamp(pow(distance / depth, 0.8), 0.5, 2.2);
  if (!isMarked) diameter *= 1.0 - 0.25 * dimmed;
  // A point smaller than a pixel would flicker while it moves: it keeps its size and becomes fainter.
  float drawn = max(diameter * pixelRatio, 1.5);
  radius = drawn / 2.0;
  alpha = (isOutstanding && ringed > 0.0 ? 1.0 : opacity) * min(1.0, diameter * pixelRatio / drawn);
  gl_PointSize = drawn + 2.0;

  float away = clamp((depth - max(distance - 0.7, 0.0)) / (min(distance, 0.7) + 1.5), 0.0, 1.0);
  float fog = fogged * away * (isMarked ? 0.4 : 1.0);
  vec3 own = texelFetch(palette, ivec2(int(style.x + 0.5), 0), 0).rgb;
  float faded = isOutstanding ? 0.0 : isMarked ? muted : dimmed;
  fill = mix(own, background, mix(fog, 1.0, 0.78 * faded));
  float width = min(1.6, 0.15 * diameter) * pixelRatio;
  bool isRinged = isOutstanding && ringed > 0.0;
  if (isRinged) edge = vec4(mix(fill, style.y > ${(ON_PATH - 0.5).toFixed(1)} ? accent : ink, ringed), width);
  else edge = vec4(background, 0.6 * width * smoothstep(6.0, 9.0, diameter));
  // In 3-D a dot that is large enough looks like a small ball.
  ball = depthCue * smoothstep(8.0, 14.0, diameter);
}
`;

export const FRAGMENT = `
precision highp float;
in vec3 fill;
in vec4 edge;
in float radius;
in float alpha;
in float ball;
out vec4 color;

void main() {
  float away = length(gl_PointCoord - 0.5) * (2.0 * radius + 2.0);
  float cover = clamp(radius + 0.5 - away, 0.0, 1.0) * alpha;
  if (cover < 0.08) discard;
  float ring = edge.a > 0.0 ? clamp(away - (radius - edge.a) + 0.5, 0.0, 1.0) : 0.0;
  vec2 towards = (gl_PointCoord - 0.5) * (2.0 * radius + 2.0) / radius;
  float shade = length(towards + 0.35); // the light comes from the upper left
  float light = 0.16 * exp(-3.0 * shade * shade) - 0.14 * smoothstep(0.2, 1.5, shade);
  vec3 lit = clamp(fill + ball * light, 0.0, 1.0);
  color = vec4(mix(lit, edge.rgb, ring) * cover, cover);
}
`;
