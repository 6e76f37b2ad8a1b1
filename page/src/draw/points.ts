/**
 * The points on the GPU: 28 bytes each, one program, drawn in a shuffled order so that any first part is a fair
 * sample. Nothing here is done for each point when a frame is drawn.
 */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DataTexture,
  DynamicDrawUsage,
  GLSL3,
  Matrix4,
  NormalBlending,
  Camera as PlainCamera,
  Points,
  RawShaderMaterial,
  Scene,
  Sphere,
  WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { MapColors, Marks } from "./map";
import { dimming, isIsolated, markedTokens, SELECTED } from "./kinds";
import { shuffledOrder, type Order } from "./order";
import { FRAGMENT, VERTEX } from "./shaders";
import { FEW, sizeOfRank, sizing, type Sizing } from "./sizes";
import type { View } from "./view";

export type Rgb = readonly [number, number, number];

export interface PointColours {
  readonly background: Rgb;
  readonly ink: Rgb;
  readonly accent: Rgb;
}

/** Marks above this number get an index for all points. */
const FEW_MARKS = 4096;

export class PointCloud {
  n = 0;
  order: Order = shuffledOrder(0);
  /** Where points come from and go to, in slot order; `glide` (0 … 1) is how far they are. */
  from = new Float32Array(0);
  to = new Float32Array(0);
  glide = 1;
  /** 0 in 2-D, 1 in 3-D, between while the one becomes the other. */
  depthCue = 0;
  /** In slot order: code, kind, size, spare. */
  look = new Uint8Array(0);
  /** Slots of the marked points, ascending. In isolation those of the selected alone. */
  marked: Uint32Array = new Uint32Array(0);
  isolated = false;

  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly eye = new PlainCamera();
  private readonly palette = new DataTexture(new Uint8Array(4 * 256).fill(255), 256, 1);
  private readonly uniforms = {
    viewProjection: { value: new Matrix4() },
    glide: { value: 1 },
    pixelRatio: { value: 1 },
    ordinary: { value: 1 },
    marked: { value: 1 },
    distance: { value: 1 },
    depthCue: { value: 0 },
    fogged: { value: 0 },
    ringed: { value: 1 },
    dimmed: { value: 0 },
    opacity: { value: 1 },
    background: { value: new Color() },
    ink: { value: new Color() },
    accent: { value: new Color() },
    palette: { value: this.palette },
  };
  private readonly material = new RawShaderMaterial({
    glslVersion: GLSL3,
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: this.uniforms,
    transparent: true,
    blending: NormalBlending,
    premultipliedAlpha: true,
  });
  private all = new Points(new BufferGeometry(), this.material);
  /** The marked ones once more, above the others: the same memory through an index. */
  private above = new Points(new BufferGeometry(), this.material);
  private index = new BufferAttribute(new Uint32Array(0), 1);

  /** Throws where there is no WebGL2. */
  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("webgl2", { alpha: true, antialias: false, powerPreference: "high-performance" });
    if (context === null) throw new Error("WebGL2 is not available in this browser, so the map cannot be drawn");
    this.renderer = new WebGLRenderer({ canvas, context });
    this.renderer.autoClear = false;
    this.renderer.setClearColor(0, 0);
    this.eye.matrixAutoUpdate = false;
    this.above.onBeforeRender = (renderer) => renderer.clearDepth();
    for (const [order, points] of [this.all, this.above].entries()) {
      points.frustumCulled = false;
      points.renderOrder = order;
      this.scene.add(points);
    }
  }

  get gpuBytes(): number {
    return this.from.byteLength + this.to.byteLength + this.look.byteLength + this.index.array.byteLength;
  }

  get total(): number {
    return this.isolated ? this.marked.length : this.n;
  }

  /** Make room for as many tokens as `importance` has, all of them at the origin. */
  resize(importance: Uint32Array): void {
    const n = importance.length;
    this.n = n;
    this.order = shuffledOrder(n);
    this.from = new Float32Array(3 * n);
    this.to = new Float32Array(3 * n);
    this.look = new Uint8Array(4 * n);
    this.marked = new Uint32Array(0);
    this.isolated = false;
    const { slotOf } = this.order;
    for (let rank = 0; rank < n; rank++) this.look[4 * slotOf[importance[rank]] + 2] = sizeOfRank(rank, n);
    for (const points of [this.all, this.above]) {
      points.geometry.dispose();
      points.geometry = new BufferGeometry();
      // Or three looks at every point, and complains of one that has no place.
      points.geometry.boundingSphere = new Sphere();
    }
    this.share("from", this.from, 3);
    this.share("position", this.to, 3);
    this.share("look", this.look, 4);
    this.setIndex(Math.min(n, FEW_MARKS));
  }

  /**
   * Let the points go to `points` (x, y(, z) interleaved in the order of ids) times `scale` plus `shift`, from where
   * they are now.
   */
  moveTo(points: Float32Array, dims: number, scale: number, shift: readonly number[]): void {
    this.stopHere();
    const { n, to } = this;
    const { idOf } = this.order;
    const [x, y, z] = shift;
    for (let slot = 0; slot < n; slot++) {
      const at = dims * idOf[slot];
      to[3 * slot] = points[at] * scale + x;
      to[3 * slot + 1] = points[at + 1] * scale + y;
      to[3 * slot + 2] = dims === 3 ? points[at + 2] * scale + z : 0;
    }
    this.attribute("position").needsUpdate = true;
    this.glide = 0;
  }

  /** Make the place where the points are now the one they come from. */
  private stopHere(): void {
    if (this.glide >= 1) {
      // What is already on the GPU changes its name; only the new goal is sent.
      [this.from, this.to] = [this.to, this.from];
      const [from, to] = [this.attribute("position"), this.attribute("from")];
      for (const { geometry } of [this.all, this.above])
        geometry.setAttribute("from", from).setAttribute("position", to);
      return;
    }
    const { from, to, glide } = this;
    for (let i = 0; i < from.length; i++) from[i] += (to[i] - from[i]) * glide;
    this.attribute("from").needsUpdate = true;
  }

  /** One coordinate of a point as it is drawn now. */
  at(slot: number, axis: number): number {
    const i = 3 * slot + axis;
    return this.glide >= 1 ? this.to[i] : this.from[i] + (this.to[i] - this.from[i]) * this.glide;
  }

  /** Whether a point is drawn at all. */
  shown(slot: number): boolean {
    return !this.isolated || this.look[4 * slot + 1] === SELECTED;
  }

  setColors(colours: MapColors): void {
    const { n, look } = this;
    const { idOf } = this.order;
    const { codes } = colours;
    for (let slot = 0; slot < n; slot++) look[4 * slot] = codes[idOf[slot]];
    this.changedLook(null);
    const texels = this.palette.image.data!;
    for (let code = 0; code < 256; code++)
      for (let channel = 0; channel < 3; channel++) texels[4 * code + channel] = colours.palette[3 * code + channel];
    this.palette.needsUpdate = true;
  }

  colour(slot: number): Rgb {
    const texels = this.palette.image.data!;
    const at = 4 * this.look[4 * slot];
    return [texels[at], texels[at + 1], texels[at + 2]];
  }

  setMarks(marks: Marks, before: Marks): void {
    const { look } = this;
    const { slotOf } = this.order;
    const touched: number[] = [];
    const mark = (id: number, kind: number) => {
      const slot = slotOf[id];
      look[4 * slot + 1] = kind;
      if (touched.length <= MANY_RANGES) touched.push(slot);
    };
    for (const [, ids] of markedTokens(before)) for (let i = 0; i < ids.length; i++) mark(ids[i], 0);
    for (const [kind, ids] of markedTokens(marks)) for (let i = 0; i < ids.length; i++) mark(ids[i], kind);
    this.isolated = isIsolated(marks);
    if (this.isolated) for (const id of marks.selected) mark(id, SELECTED);
    this.changedLook(touched.length <= MANY_RANGES ? touched : null);
    const slots: number[] = [];
    for (let slot = 0; slot < this.n; slot++)
      if (this.isolated ? look[4 * slot + 1] === SELECTED : look[4 * slot + 1] > 0) slots.push(slot);
    this.marked = Uint32Array.from(slots);
    if (slots.length > this.index.count) this.setIndex(this.n);
    (this.index.array as Uint32Array).set(this.marked);
    this.index.clearUpdateRanges();
    this.index.addUpdateRange(0, slots.length);
    this.index.needsUpdate = true;
    this.uniforms.dimmed.value = dimming(marks);
  }

  setColoursOfTheme(colours: PointColours): void {
    for (const name of ["background", "ink", "accent"] as const) {
      const [red, green, blue] = colours[name];
      this.uniforms[name].value.setRGB(red / 255, green / 255, blue / 255);
    }
  }

  resizeCanvas(width: number, height: number, pixelRatio: number): void {
    this.renderer.setPixelRatio(pixelRatio);
    this.renderer.setSize(width, height, false);
  }

  sizing(view: View): Sizing {
    const [shown, marked] = this.isolated ? [this.marked.length, 0] : [this.n, this.marked.length];
    const sizes = sizing(Math.max(shown, 1), marked, view.camera, view.width, view.height);
    return this.isolated ? { ...sizes, marked: sizes.ordinary } : sizes;
  }

  /** Draw the first `most` of the shuffled points and all marked ones. Returns how many points that are. */
  draw(view: View, pixelRatio: number, most: number): number {
    const { uniforms } = this;
    const sizes = this.sizing(view);
    const first = this.isolated ? 0 : Math.min(most, this.n);
    uniforms.viewProjection.value.fromArray(view.matrix);
    uniforms.glide.value = this.glide;
    uniforms.pixelRatio.value = pixelRatio;
    uniforms.ordinary.value = sizes.ordinary;
    uniforms.marked.value = sizes.marked;
    uniforms.distance.value = sizes.distance;
    uniforms.depthCue.value = this.depthCue;
    // Few points need no fog to be told apart; many rings side by side would hide the colours.
    uniforms.fogged.value = this.depthCue * (this.total <= FEW ? 0.35 : 0.66);
    uniforms.ringed.value = this.isolated ? 0 : Math.min(Math.max(1.35 - 0.4 * Math.log10(this.marked.length), 0.2), 1);
    // Many points let through what lies below, so that dense places look denser.
    uniforms.opacity.value = this.n < 2000 ? 1 : Math.max(0.45, 1 - Math.log10(this.n / 2000) * 0.2);
    this.material.depthTest = this.material.depthWrite = this.depthCue > 0;
    this.all.visible = first > 0;
    this.all.geometry.setDrawRange(0, first);
    this.above.visible = this.marked.length > 0;
    this.above.geometry.setDrawRange(0, this.marked.length);
    this.renderer.clear();
    this.renderer.render(this.scene, this.eye);
    return first + this.marked.length - below(this.marked, first);
  }

  /** All points in a picture of their own, `scale` device pixels for each CSS pixel, on a clear ground. */
  async picture(view: View, scale: number): Promise<ImageData> {
    const [width, height] = [Math.round(view.width * scale), Math.round(view.height * scale)];
    const target = new WebGLRenderTarget(width, height);
    const pixels = new Uint8Array(4 * width * height);
    try {
      this.renderer.setRenderTarget(target);
      this.draw(view, scale, this.n);
      this.renderer.setRenderTarget(null);
      await this.renderer.readRenderTargetPixelsAsync(target, 0, 0, width, height, pixels);
    } finally {
      this.renderer.setRenderTarget(null);
      target.dispose();
    }
    return upright(pixels, width, height);
  }

  destroy(): void {
    this.all.geometry.dispose();
    this.above.geometry.dispose();
    this.material.dispose();
    this.palette.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  private share(name: string, array: Float32Array | Uint8Array, itemSize: number): void {
    const attribute = new BufferAttribute(array, itemSize).setUsage(DynamicDrawUsage);
    for (const { geometry } of [this.all, this.above]) geometry.setAttribute(name, attribute);
  }

  private attribute(name: string): BufferAttribute {
    return this.all.geometry.getAttribute(name) as BufferAttribute;
  }

  private setIndex(count: number): void {
    this.index = new BufferAttribute(new Uint32Array(count), 1).setUsage(DynamicDrawUsage);
    this.above.geometry.setIndex(this.index);
  }

  /** Send the looks of these slots, or all (null), at the next drawing. */
  private changedLook(slots: readonly number[] | null): void {
    const attribute = this.attribute("look");
    if (slots === null) {
      attribute.clearUpdateRanges();
      this.wholeLook = true;
    } else if (!this.wholeLook) for (const slot of slots) attribute.addUpdateRange(4 * slot, 4);
    attribute.needsUpdate = true;
    attribute.onUpload(() => (this.wholeLook = false));
  }

  /** All looks wait to be sent, so no ranges may be named before that. */
  private wholeLook = true;
}

/** Sending more pieces than this takes longer than sending all. */
const MANY_RANGES = 256;

/** How many of the ascending `values` are below `limit`. */
function below(values: Uint32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What WebGL gives (last row first, colours multiplied by their alpha) as what a canvas takes. */
function upright(pixels: Uint8Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  const { data } = image;
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
  return image;
}
