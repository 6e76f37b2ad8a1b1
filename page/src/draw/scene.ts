/**
 * The map: three canvases one above the other (the ground; the points, drawn by the GPU; labels and marks), a camera,
 * and what the pointer does to it.
 *
 * A frame is drawn only when something changed. While the view moves a frame costs the main thread the labels and
 * one call to the GPU, whatever the number of points; when it comes to rest all points are drawn, the index for
 * picking is built and labels are chosen, in slices.
 */
import { Area } from "../state/area";
import { OBLIQUE, fit, FRONT, interpolate, orbit, pan, zoom, type Camera } from "../state/camera";
import type { Dims } from "../data/source";
import { TokenTable } from "../data/tokens";
import type { Tool } from "../state/state";
import { axisNames, drawAxisNames, drawGround, type AxisName, type Ground } from "./ground";
import { NO_MARKS, sameTokens } from "./kinds";
import { Labels, type LabelScene } from "./labels";
import type { ClusterLabel, MapColors, MapEvents, MapStats, MapTheme, MapView, Marks } from "./map";
import { drawArea, drawFocus } from "./overlay";
import { Pace } from "./pace";
import { drawPath, pathNumbers, pathStops } from "./path";
import { listen, type Gestures } from "./pointer";
import { PointCloud, type Rgb } from "./points";
import { pickAmongAll, ScreenIndex, type Look } from "./screen-index";
import { diameter, largest } from "./sizes";
import { inSlices, type Job } from "./slices";
import { Ruler } from "./text";
import { createView, project, type Place, type View } from "./view";

const GLIDE_MS = 700;
/** Without movement for so long the camera rests; longer while a button is held. */
const REST_MS = 120;
const HELD_REST_MS = 400;
/** Radians of turning for each pixel. */
const TURN = 0.006;
/** While pictures follow each other, labels are chosen anew so often. */
const RELABEL_MS = 1000;
const MOST_FRAMES = 120;

/** Throws an Error of one line where there is no WebGL2. The element has to be given a size by its surroundings. */
export function createMap(events: MapEvents): MapView {
  return new MapScene(events);
}

/** Something on its way from a time for GLIDE_MS. */
interface CameraGlide {
  readonly from: Camera;
  readonly to: Camera;
  readonly start: number;
}

class MapScene implements MapView {
  readonly element = document.createElement("div");
  private readonly groundCanvas = document.createElement("canvas");
  private readonly pointCanvas = document.createElement("canvas");
  private readonly topCanvas = document.createElement("canvas");
  private readonly groundContext = this.groundCanvas.getContext("2d")!;
  private readonly topContext = this.topCanvas.getContext("2d")!;
  private readonly cloud: PointCloud;
  private readonly ruler = new Ruler(document.createElement("canvas").getContext("2d")!);
  private readonly labels = new Labels(this.ruler);
  private readonly pace = new Pace();
  private readonly ends = new AbortController();
  private readonly observer: ResizeObserver;

  private tokens = new TokenTable("", new Uint32Array(1));
  private importance: Uint32Array = new Uint32Array(0);
  private dims: Dims | null = null;
  private marks: Marks = NO_MARKS;
  private clusters: readonly ClusterLabel[] = [];
  private ground: Ground = { level: -1, origin: [0, 0, 0], names: null };
  private showsLabels = true;
  private tool: Tool = "move";
  private outline: readonly number[] | null = null;
  private theme: MapTheme = {
    dark: false,
    background: "#ffffff",
    ink: "#1b1f27",
    faint: "#7b8494",
    accent: "#0b57d0",
    font: "sans-serif",
  };

  private camera: Camera = FRONT;
  private cameraIsGiven = false;
  private view: View;
  private pixelRatio = 1;
  private cameraGlide: CameraGlide | null = null;
  private pointGlide: { readonly start: number; readonly depthCue: number } | null = null;
  /** The user is to hear of the camera when it rests. */
  private tellsCamera = false;

  private frame = 0;
  private lastFrame = 0;
  private pointsChanged = false;
  private topChanged = false;
  private isMoving = false;
  /** When the last frame was drawn. */
  private wasMoving = false;
  private isHeld = false;
  private isFading = false;
  private isRestored = false;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private job: Job | null = null;
  private index: ScreenIndex | null = null;
  /** Labels for where the points are going, and when they were asked for. */
  private foresight: Job | null = null;
  private foresaw = 0;
  private pointer: { readonly x: number; readonly y: number } | null = null;
  /** What onHover was told last. */
  private hovered: number | null = null;
  private waiting: (() => void)[] = [];

  private drawn = 0;
  private readonly frames: number[] = [];
  private pickMs = 0;
  private indexMs = 0;

  constructor(private readonly events: MapEvents) {
    this.cloud = new PointCloud(this.pointCanvas);
    this.view = createView(this.camera, 1, 1);
    style(this.element, { position: "relative", overflow: "hidden", width: "100%", height: "100%" });
    style(this.element, { "touch-action": "none", "user-select": "none", "-webkit-user-select": "none" });
    for (const canvas of [this.groundCanvas, this.pointCanvas, this.topCanvas]) {
      style(canvas, { position: "absolute", inset: "0", width: "100%", height: "100%", "pointer-events": "none" });
      this.element.append(canvas);
    }
    this.setTheme(this.theme);
    this.setTool("move");
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    const { signal } = this.ends;
    this.ends.signal.addEventListener("abort", listen(this.element, this.gestures()));
    // three.js restores its own state first; what it held of ours it sends again when drawing.
    this.pointCanvas.addEventListener("webglcontextrestored", () => this.restored(), { signal });
    document.fonts.addEventListener("loadingdone", () => this.fontsArrived(), { signal });
  }

  setTokens(tokens: TokenTable, importance: Uint32Array): void {
    if (tokens.n !== importance.length)
      throw new Error(`${tokens.n} tokens and ${importance.length} in the order of importance: these must be as many`);
    this.tokens = tokens;
    this.importance = importance;
    this.cloud.resize(importance);
    this.marks = NO_MARKS;
    this.clusters = [];
    this.labels.clear();
    this.foresight?.cancel();
    this.foresight = null;
    this.pointGlide = null;
    this.changed();
  }

  setPoints(points: Float32Array, dims: Dims, animate: boolean): void {
    const { cloud } = this;
    if (points.length !== cloud.n * dims)
      throw new Error(`${points.length} numbers are not ${dims} for each of ${cloud.n} tokens`);
    const { scale, shift, lowest } = fitting(points, dims);
    cloud.moveTo(points, dims, scale, shift);
    const origin = [0, 1, 2].map((k) => Math.min(Math.max(shift[k], -1), 1)) as [number, number, number];
    this.ground = { ...this.ground, level: lowest - 0.14, origin };
    const before = this.dims;
    this.dims = dims;
    const home = dims === 2 ? FRONT : OBLIQUE;
    const glides = animate && before !== null && !isStill();
    if (glides) this.pointGlide = { start: performance.now(), depthCue: cloud.depthCue };
    else {
      this.pointGlide = null;
      cloud.glide = 1;
      cloud.depthCue = dims - 2;
    }
    if (before === null && !this.cameraIsGiven) this.camera = home;
    else if (before !== null && before !== dims) this.goTo(home, animate, true);
    else this.camera = this.level(this.camera);
    this.changed();
    if (glides) this.foresee();
  }

  setAxes(names: readonly string[] | null): void {
    this.ground = { ...this.ground, names };
    this.changed();
  }

  setColors(colours: MapColors): void {
    this.cloud.setColors(colours);
    this.redraw();
  }

  setClusterLabels(labels: readonly ClusterLabel[]): void {
    this.clusters = labels;
    this.relabel();
  }

  setMarks(marks: Marks): void {
    const before = this.marks;
    this.marks = marks;
    if (!sameTokens(before, marks)) {
      this.cloud.setMarks(marks, before);
      this.redraw();
      this.relabel();
    } else if (before.chosen !== marks.chosen) this.relabel();
    this.retouch();
  }

  setLabels(shown: boolean): void {
    this.showsLabels = shown;
    this.labels.clear();
    this.relabel();
  }

  setTool(tool: Tool): void {
    this.tool = tool;
    this.showCursor();
  }

  setTheme(theme: MapTheme): void {
    this.theme = theme;
    style(this.element, { background: theme.background });
    this.cloud.setColoursOfTheme({
      background: rgb(theme.background),
      ink: rgb(theme.ink),
      accent: rgb(theme.accent),
    });
    this.fontsArrived();
    this.redraw();
  }

  getCamera(): Camera {
    return this.cameraGlide?.to ?? this.camera;
  }

  setCamera(camera: Camera, animate: boolean): void {
    this.cameraIsGiven = true;
    this.goTo(this.level(camera), animate, false);
  }

  fit(ids: ArrayLike<number> | null): void {
    const { cloud } = this;
    if (cloud.n === 0) return;
    const slots = ids === null ? null : Uint32Array.from(ids, (id) => cloud.order.slotOf[id]);
    const goal = new Float32Array(3 * (slots?.length ?? cloud.n));
    if (slots === null) goal.set(cloud.to);
    else slots.forEach((slot, i) => goal.set(cloud.to.subarray(3 * slot, 3 * slot + 3), 3 * i));
    this.goTo(fit(this.getCamera(), goal, this.view.width, this.view.height), true, true);
  }

  pick(x: number, y: number): number | null {
    const start = performance.now();
    const look = this.look();
    const slot =
      this.index !== null
        ? this.index.pick(x, y, look)
        : pickAmongAll(this.view, this.current(), x, y, look);
    this.pickMs = performance.now() - start;
    return slot < 0 ? null : this.cloud.order.idOf[slot];
  }

  place(id: number): { x: number; y: number } | null {
    const { cloud } = this;
    const slot = cloud.order.slotOf[id];
    const spot: Place = { x: 0, y: 0, depth: 0 };
    const isSeen = project(this.view, cloud.at(slot, 0), cloud.at(slot, 1), cloud.at(slot, 2), spot);
    return isSeen ? { x: spot.x, y: spot.y } : null;
  }

  coordinates(): Float32Array {
    const { cloud } = this;
    const points = this.current();
    const coordinates = new Float32Array(points.length);
    for (let slot = 0; slot < cloud.n; slot++)
      for (let k = 0; k < 3; k++) coordinates[3 * cloud.order.idOf[slot] + k] = points[3 * slot + k];
    return coordinates;
  }

  async png(scale: number): Promise<Blob> {
    await this.settle();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(this.view.width * scale);
    canvas.height = Math.round(this.view.height * scale);
    const context = canvas.getContext("2d")!;
    const points = document.createElement("canvas");
    points.width = canvas.width;
    points.height = canvas.height;
    points.getContext("2d")!.putImageData(await this.cloud.picture(this.view, scale), 0, 0);
    context.fillStyle = this.theme.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(scale, scale);
    this.paintGround(context);
    context.drawImage(points, 0, 0, this.view.width, this.view.height);
    this.paintTop(context, 0);
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob === null ? reject(new Error("the picture is too large")) : resolve(blob))),
    );
  }

  stats(): MapStats {
    return {
      drawn: this.drawn,
      total: this.cloud.total,
      frames: [...this.frames],
      labels: this.labels.visible.map(({ id, text, box }) => ({ id, text, ...box })),
      gpuBytes: this.cloud.gpuBytes,
      settled: this.isSettled,
      pickMs: this.pickMs,
      indexMs: this.indexMs,
    };
  }

  settle(): Promise<void> {
    return this.isSettled ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  destroy(): void {
    this.ends.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.restTimer);
    this.job?.cancel();
    this.foresight?.cancel();
    this.cloud.destroy();
    this.element.remove();
  }

  // ---- moving ----

  private get isSettled(): boolean {
    return !this.isMoving && this.job === null && this.frame === 0 && !this.isFading;
  }

  /** The camera at home in what is shown: a flat picture is seen from straight ahead. */
  private level(camera: Camera): Camera {
    return this.dims === 2 ? { ...camera, azimuth: 0, elevation: 0 } : camera;
  }

  private goTo(camera: Camera, animate: boolean, tells: boolean): void {
    this.tellsCamera ||= tells;
    if (animate && !isStill()) this.cameraGlide = { from: this.camera, to: camera, start: performance.now() };
    else {
      this.cameraGlide = null;
      this.camera = camera;
    }
    this.changed();
  }

  /** The user moved the camera. */
  private move(camera: Camera): void {
    this.camera = camera;
    this.cameraGlide = null;
    this.tellsCamera = true;
    this.changed();
  }

  /** What is seen has changed: draw it, and wait for rest. */
  private changed(): void {
    this.view = createView(this.camera, this.view.width, this.view.height);
    this.isMoving = true;
    this.index = null;
    this.job?.cancel();
    this.job = null;
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(), this.isHeld ? HELD_REST_MS : REST_MS);
    this.redraw();
  }

  private rest(): void {
    if (this.cameraGlide !== null || this.pointGlide !== null) return; // their frames call again
    this.isMoving = false;
    // Chromium shows the first picture of a restored context on black.
    if (this.dims !== null && (this.drawn < this.cloud.total || this.isRestored)) this.redraw();
    this.isRestored = false;
    this.foresight?.cancel();
    this.foresight = null;
    this.job = inSlices(this.settling(), () => this.settled());
    if (!this.tellsCamera) return;
    this.tellsCamera = false;
    this.events.onCamera(this.camera);
  }

  /** While pictures follow each other there is no rest: choose labels for where the points are going. */
  private foresee(): void {
    if (performance.now() - this.foresaw < RELABEL_MS) return;
    this.foresaw = performance.now();
    this.foresight?.cancel();
    const index = new ScreenIndex(this.view, this.cloud.n);
    this.foresight = inSlices(this.foreseeing(index), () => (this.foresight = null));
  }

  private *foreseeing(index: ScreenIndex): Generator<void> {
    const steps = index.build(this.cloud.to);
    while (steps.next().done !== true) yield;
    yield* this.labelling(index);
  }

  private *settling(): Iterator<void> {
    const start = performance.now();
    const index = new ScreenIndex(this.view, this.cloud.n);
    let worked = performance.now() - start;
    const steps = index.build(this.cloud.to);
    for (;;) {
      const from = performance.now();
      const isDone = steps.next().done === true;
      worked += performance.now() - from;
      if (isDone) break;
      yield;
    }
    this.indexMs = worked;
    this.index = index;
    this.hover();
    yield* this.labelling(index);
  }

  private *labelling(index: ScreenIndex): Generator<void> {
    if (!this.showsLabels) return;
    const steps = this.labels.choose(this.labelScene(), index);
    while (steps.next().done !== true) yield;
  }

  private settled(): void {
    this.job = null;
    this.retouch();
  }

  /** Other labels are wanted for the same view. */
  private relabel(): void {
    if (this.index === null) return; // they come when the camera rests
    this.job?.cancel();
    this.job = inSlices(this.labelling(this.index), () => this.settled());
  }

  private fontsArrived(): void {
    this.ruler.forget();
    this.relabel();
    this.retouch();
  }

  private restored(): void {
    this.changed();
    this.isRestored = true;
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    this.pixelRatio = Math.min(devicePixelRatio, 2);
    this.cloud.resizeCanvas(width, height, this.pixelRatio);
    for (const canvas of [this.groundCanvas, this.topCanvas]) {
      canvas.width = Math.round(width * this.pixelRatio);
      canvas.height = Math.round(height * this.pixelRatio);
    }
    this.view = createView(this.camera, width, height);
    this.changed();
    this.draw(performance.now()); // at once: a canvas that changes its size is empty
  }

  // ---- drawing ----

  private redraw(): void {
    this.pointsChanged = true;
    this.retouch();
  }

  private retouch(): void {
    this.topChanged = true;
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    const start = performance.now();
    const elapsed = Math.min(now - this.lastFrame, 50);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.isMoving && this.wasMoving) this.pace.note(now - this.lastFrame, this.drawn);
    this.wasMoving = this.isMoving;
    this.lastFrame = now;
    this.glide(start);
    if (this.pointsChanged) {
      this.pointsChanged = false;
      const context = this.groundContext;
      this.begin(context);
      this.paintGround(context);
      // Before there is a picture all points lie on one place: drawing them so takes the GPU longest of all.
      if (this.dims !== null)
        this.drawn = this.cloud.draw(this.view, this.pixelRatio, this.isMoving ? this.pace.budget : Infinity);
    }
    if (this.topChanged) {
      this.topChanged = false;
      this.begin(this.topContext);
      this.isFading = this.paintTop(this.topContext, elapsed);
    }
    this.frames.push(performance.now() - start);
    if (this.frames.length > MOST_FRAMES) this.frames.shift();
    if (this.isFading || this.cameraGlide !== null || this.pointGlide !== null) this.retouch();
    if (!this.isSettled) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Take camera and points further on their ways. */
  private glide(now: number): void {
    if (this.cameraGlide !== null) {
      const { from, to, start } = this.cameraGlide;
      const t = Math.min(Math.max((now - start) / GLIDE_MS, 0), 1);
      this.camera = interpolate(from, to, eased(t));
      if (t === 1) this.cameraGlide = null;
      this.changed();
    }
    if (this.pointGlide !== null) {
      const { start, depthCue } = this.pointGlide;
      const t = Math.min(Math.max((now - start) / GLIDE_MS, 0), 1);
      this.cloud.glide = eased(t);
      this.cloud.depthCue = depthCue + (this.dims! - 2 - depthCue) * this.cloud.glide;
      if (t === 1) this.pointGlide = null;
      this.changed();
    }
  }

  private begin(context: CanvasRenderingContext2D): void {
    context.setTransform(this.pixelRatio, 0, 0, this.pixelRatio, 0, 0);
    context.clearRect(0, 0, this.view.width, this.view.height);
  }

  private paintGround(context: CanvasRenderingContext2D): void {
    drawGround(context, this.view, this.theme, this.ground, this.cloud, this.cloud.sizing(this.view));
  }

  /** Returns whether labels are still fading in or out. */
  private paintTop(context: CanvasRenderingContext2D, elapsed: number): boolean {
    const { cloud, view, theme, marks } = this;
    const sizing = cloud.sizing(view);
    const stops = pathStops(marks.path, cloud, view, sizing);
    const numbers = pathNumbers(marks.path, stops);
    const names = this.axisNames();
    const scene = this.labelScene([...names, ...numbers]);
    this.labels.follow(scene);
    drawFocus(context, view, theme, marks, cloud, sizing);
    drawPath(context, theme, stops, numbers);
    drawAxisNames(context, theme, names);
    const isFading = this.labels.draw(context, scene, elapsed);
    if (this.outline !== null) drawArea(context, theme, this.outline);
    return isFading;
  }

  private axisNames(): AxisName[] {
    return axisNames(this.view, this.theme, this.ground, this.cloud.depthCue, this.ruler);
  }

  private labelScene(taken: readonly { readonly box: LabelScene["taken"][number] }[] | null = null): LabelScene {
    const { cloud, view, marks, tokens, importance, theme, clusters } = this;
    const sizing = cloud.sizing(view);
    const numbers = () => pathNumbers(marks.path, pathStops(marks.path, cloud, view, sizing));
    const boxes = (taken ?? [...this.axisNames(), ...numbers()]).map(({ box }) => box);
    return { cloud, view, sizing, marks, tokens, importance, theme, clusters, taken: boxes };
  }

  // ---- the pointer ----

  private gestures(): Gestures {
    const { events } = this;
    const at = () => [this.view.width, this.view.height] as const;
    return {
      tool: () => this.tool,
      turns: () => this.dims === 3,
      turn: (x, y) => this.move(orbit(this.camera, x * TURN, y * TURN)),
      pan: (x, y) => this.move(pan(this.camera, x, y, ...at())),
      zoom: (factor, x, y) => this.move(zoom(this.camera, factor, x, y, ...at())),
      hover: (place) => {
        this.pointer = place;
        this.hover();
      },
      click: (x, y, add) => events.onClick(this.pick(x, y), add),
      doubleClick: (x, y) => {
        if (this.pick(x, y) === null) this.goTo(this.dims === 3 ? OBLIQUE : FRONT, true, true);
      },
      area: (outline) => {
        this.outline = outline;
        this.retouch();
      },
      areaDone: (outline, add) => events.onArea(this.inside(new Area(outline)), add),
      held: (isHeld) => {
        this.isHeld = isHeld;
        this.showCursor();
      },
    };
  }

  /** Tell what is under the pointer, when the camera rests. */
  private hover(): void {
    if (this.index === null || this.isHeld) return;
    const id = this.pointer === null ? null : this.pick(this.pointer.x, this.pointer.y);
    if (id === this.hovered) return;
    this.hovered = id;
    this.events.onHover(id);
    this.showCursor();
  }

  private showCursor(): void {
    const ground = this.tool !== "move" ? "crosshair" : this.isHeld ? "grabbing" : "grab";
    style(this.element, { cursor: this.hovered !== null && !this.isHeld ? "pointer" : ground });
  }

  /** Ids of the points drawn inside an area, ascending. */
  private inside(area: Area): Uint32Array {
    const { cloud } = this;
    const points = this.current();
    const spot: Place = { x: 0, y: 0, depth: 0 };
    const ids: number[] = [];
    for (let slot = 0; slot < cloud.n; slot++)
      if (
        project(this.view, points[3 * slot], points[3 * slot + 1], points[3 * slot + 2], spot) &&
        area.contains(spot.x, spot.y) &&
        cloud.shown(slot)
      )
        ids.push(cloud.order.idOf[slot]);
    return Uint32Array.from(ids).sort();
  }

  /** Where the points are now, in slot order. */
  private current(): Float32Array {
    const { cloud } = this;
    if (cloud.glide >= 1) return cloud.to;
    return cloud.to.map((to, i) => cloud.from[i] + (to - cloud.from[i]) * cloud.glide);
  }

  private look(): Look {
    const { cloud, marks } = this;
    const sizing = cloud.sizing(this.view);
    const { idOf } = cloud.order;
    const isFocus = (slot: number) => idOf[slot] === marks.chosen;
    return {
      largest: largest(sizing, cloud.marked.length > 0 || marks.chosen !== null) / 2,
      radius: (slot, depth) => {
        if (!cloud.shown(slot)) return -1;
        const isMarked = cloud.look[4 * slot + 1] > 0 || isFocus(slot);
        return diameter(sizing, depth, cloud.look[4 * slot + 2], isMarked) / 2;
      },
      rank: (slot) => (isFocus(slot) ? 2 : cloud.look[4 * slot + 1] > 0 ? 1 : 0),
    };
  }
}

/** One scale for all axes that fits the points into [-1, 1]³: drawn = points · scale + shift. */
function fitting(points: Float32Array, dims: Dims): { scale: number; shift: number[]; lowest: number } {
  const low = [0, 0, 0];
  const high = [0, 0, 0];
  for (let k = 0; k < dims; k++) {
    let [from, to] = [Infinity, -Infinity];
    for (let i = k; i < points.length; i += dims) {
      const value = points[i];
      if (value < from) from = value;
      if (value > to) to = value;
    }
    [low[k], high[k]] = [from, to];
  }
  if (points.length === 0) return { scale: 1, shift: [0, 0, 0], lowest: -1 };
  const half = Math.max(...low.map((from, k) => (high[k] - from) / 2));
  const scale = half > 0 ? 1 / half : 1;
  const shift = low.map((from, k) => (-(from + high[k]) / 2) * scale);
  return { scale, shift, lowest: low[1] * scale + shift[1] };
}

function eased(t: number): number {
  return t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
}

/** The user wants things to stand still. */
function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function style(element: HTMLElement, properties: Record<string, string>): void {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
}

/** The red, green and blue of any CSS colour. */
function rgb(colour: string): Rgb {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d")!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
