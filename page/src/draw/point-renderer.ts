/**
 * Draws a point cloud with WebGL2, in one program. The main thread does nothing for each point when a frame is
 * drawn: it sends what changed and a few numbers.
 */
import {
  Color,
  DataTexture,
  GLSL3,
  Matrix4,
  NormalBlending,
  Camera as PlainCamera,
  Points,
  RawShaderMaterial,
  Scene,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { Rgb } from "./colors";
import { PointBuffers } from "./point-buffers";
import type { PointCloud } from "./point-cloud";
import { FRAGMENT, VERTEX } from "./shaders";
import { FEW_POINTS } from "./sizes";
import type { View } from "./view";

export interface PointColors {
  readonly background: Rgb;
  readonly ink: Rgb;
  readonly accent: Rgb;
}

export class PointRenderer {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  /** three.js asks for one; the program takes the view's own matrix. */
  private readonly camera = new PlainCamera();
  private readonly palette: DataTexture;
  private readonly uniforms;
  private readonly material: RawShaderMaterial;
  private readonly buffers = new PointBuffers();
  private readonly all: Points;
  /** The marked points once more, above the others. */
  private readonly marked: Points;

  /** Throws where there is no WebGL2. */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly cloud: PointCloud,
  ) {
    const context = canvas.getContext("webgl2", { alpha: true, antialias: false, powerPreference: "high-performance" });
    if (context === null) throw new Error("WebGL2 is not available in this browser, so the map cannot be drawn");
    this.renderer = new WebGLRenderer({ canvas, context });
    this.renderer.autoClear = false;
    this.renderer.setClearColor(0, 0);
    this.palette = new DataTexture(cloud.palette, 256, 1);
    this.uniforms = uniformsOf(this.palette);
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: this.uniforms,
      transparent: true,
      blending: NormalBlending,
      premultipliedAlpha: true,
    });
    this.all = new Points(this.buffers.all, this.material);
    this.marked = new Points(this.buffers.marked, this.material);
    this.camera.matrixAutoUpdate = false;
    this.marked.onBeforeRender = (renderer) => renderer.clearDepth();
    for (const [order, points] of [this.all, this.marked].entries()) {
      points.frustumCulled = false;
      points.renderOrder = order;
      this.scene.add(points);
    }
  }

  get gpuBytes(): number {
    return this.buffers.bytes;
  }

  setColors(colors: PointColors): void {
    for (const name of ["background", "ink", "accent"] as const) {
      const [red, green, blue] = colors[name];
      this.uniforms[name].value.setRGB(red / 255, green / 255, blue / 255);
    }
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.renderer.setPixelRatio(pixelRatio);
    this.renderer.setSize(width, height, false);
  }

  /** Draw the first `budget` points of the drawing order and all marked ones; return how many points that are. */
  draw(view: View, pixelRatio: number, budget: number): number {
    const { cloud } = this;
    const first = cloud.isolated ? 0 : Math.min(budget, cloud.n);
    this.send();
    this.setUniforms(view, pixelRatio);
    this.material.depthTest = this.material.depthWrite = cloud.depthCue > 0;
    this.all.visible = first > 0;
    this.all.geometry.setDrawRange(0, first);
    this.marked.visible = cloud.marked.length > 0;
    this.marked.geometry.setDrawRange(0, cloud.marked.length);
    this.renderer.clear();
    this.renderer.render(this.scene, this.camera);
    return cloud.countWithMarked(first);
  }

  /** Draw all points for an image of their own, `scale` device pixels for each CSS pixel, on a clear background. */
  async image(view: View, scale: number): Promise<ImageData> {
    const [width, height] = [Math.round(view.width * scale), Math.round(view.height * scale)];
    const target = new WebGLRenderTarget(width, height);
    const pixels = new Uint8Array(4 * width * height);
    try {
      this.renderer.setRenderTarget(target);
      this.draw(view, scale, this.cloud.n);
      this.renderer.setRenderTarget(null);
      await this.renderer.readRenderTargetPixelsAsync(target, 0, 0, width, height, pixels);
    } finally {
      this.renderer.setRenderTarget(null);
      target.dispose();
    }
    return new ImageData(canvasPixels(pixels, width, height), width, height);
  }

  destroy(): void {
    this.buffers.dispose();
    this.material.dispose();
    this.palette.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  private send(): void {
    const changes = this.cloud.takeChanges();
    this.buffers.update(this.cloud, changes);
    this.all.geometry = this.buffers.all;
    this.marked.geometry = this.buffers.marked;
    if (changes.palette) this.palette.needsUpdate = true;
  }

  private setUniforms(view: View, pixelRatio: number): void {
    const { cloud, uniforms } = this;
    const sizes = cloud.sizing(view);
    uniforms.viewProjection.value.fromArray(view.matrix);
    uniforms.target.value.fromArray(view.camera.target);
    uniforms.glide.value = cloud.glide;
    uniforms.pixelRatio.value = pixelRatio;
    uniforms.ordinary.value = sizes.ordinary;
    uniforms.marked.value = sizes.marked;
    uniforms.distance.value = sizes.distance;
    uniforms.depthCue.value = cloud.depthCue;
    uniforms.dimmed.value = cloud.fading.dimming;
    uniforms.muted.value = cloud.fading.muting;
    uniforms.outstanding.value = cloud.fading.outstanding;
    // A few points can be told apart without fog.
    uniforms.fogged.value = cloud.depthCue * (cloud.total <= FEW_POINTS ? 0.35 : 0.66);
    uniforms.ringed.value = cloud.nOutstanding > 0 ? ringStrength(cloud.nOutstanding) : 0;
    uniforms.opacity.value = opacityOf(cloud.nPlaced);
  }
}

function uniformsOf(palette: DataTexture) {
  return {
    viewProjection: { value: new Matrix4() },
    target: { value: new Vector3() },
    glide: { value: 1 },
    pixelRatio: { value: 1 },
    ordinary: { value: 1 },
    marked: { value: 1 },
    distance: { value: 1 },
    depthCue: { value: 0 },
    fogged: { value: 0 },
    ringed: { value: 1 },
    dimmed: { value: 0 },
    muted: { value: 0 },
    outstanding: { value: 0 },
    opacity: { value: 1 },
    background: { value: new Color() },
    ink: { value: new Color() },
    accent: { value: new Color() },
    palette: { value: palette },
  };
}

/** How strong the rings of marked points are: many side by side would hide the colors. */
export function ringStrength(nMarked: number): number {
  return Math.min(Math.max(1.35 - 0.4 * Math.log10(nMarked), 0.2), 1);
}

/** Many points are translucent, so that dense places look denser. */
export function opacityOf(n: number): number {
  return n < 2000 ? 1 : Math.max(0.45, 1 - Math.log10(n / 2000) * 0.2);
}

/** From WebGL's pixels (last row first, colors multiplied by their alpha) to those of a canvas. */
export function canvasPixels(pixels: Uint8Array, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    let from = 4 * width * (height - 1 - row);
    let to = 4 * width * row;
    for (const end = to + 4 * width; to < end; from += 4, to += 4) {
      const alpha = pixels[from + 3];
      if (alpha === 0) continue;
      for (let channel = 0; channel < 3; channel++) data[to + channel] = (pixels[from + channel] * 255) / alpha;
      data[to + 3] = alpha;
    }
  }
  return data;
}
