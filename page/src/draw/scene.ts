/** The map: joins the parts of this folder to what map.ts promises. */
import type { Dims } from "../data/source";
import { TokenTable } from "../data/tokens";
import { fit, type Camera } from "../state/camera";
import type { PictureFrame, PictureOptions } from "../state/picture";
import type { Tool } from "../state/state";
import { contains, type Box, type Size } from "./boxes";
import { rgbOf } from "./colors";
import { Compositor, type Content } from "./compositor";
import { type Fitting, fitPoints, isOnePlace, keptFitting, NO_FITTING, visibleOrigin } from "./fitting";
import { Interaction, type Surface } from "./interaction";
import { LabelJobs } from "./label-jobs";
import { Labels } from "./labels";
import { createLayers, setStyle } from "./layers";
import type { ClusterLabel, MapColors, MapEvents, MapFilm, MapStats, MapTheme, MapView, Marks } from "./map";
import { haveSameTokens, NO_MARKS } from "./mark-kinds";
import { firstLook, type SteadyMs } from "./motion";
import { pickToken, tokensInside } from "./picking";
import { listen } from "./pointer";
import { PointCloud } from "./point-cloud";
import { PointRenderer } from "./point-renderer";
import type { ScreenIndex } from "./screen-index";
import { TextMeasure } from "./text";
import { HELD_REST_MS, ViewCycle } from "./view-cycle";
import type { Place } from "./view";

const MAX_PIXEL_RATIO = 2;
/** From the lowest point down to the grid. */
const GRID_GAP = 0.14;

const LIGHT: MapTheme = {
  dark: false,
  background: "#ffffff",
  ink: "#1b1f27",
  faint: "#7b8494",
  accent: "#0b57d0",
  font: "sans-serif",
};

/** What a map can be told besides where it is one of two. */
export interface OneOfTwo {
  picture(scale: number, isTransparent: boolean): Promise<HTMLCanvasElement>;
  /** As setCamera, at once, while another map is moved. */
  follow(camera: Camera): void;
}

/**
 * Throws an Error of one line where there is no WebGL2. The element takes its size from its surroundings. `share`: of all
 * points that are drawn at once.
 */
export function createMap(events: MapEvents, share?: () => number): MapView & OneOfTwo {
  return new MapScene(events, share);
}

class MapScene implements MapView, OneOfTwo {
  readonly element = document.createElement("div");
  readonly viewport = this.element;
  private readonly cloud = new PointCloud();
  private readonly measure = new TextMeasure(document.createElement("canvas").getContext("2d")!);
  private readonly labels = new Labels(this.measure);
  private readonly content: { -readonly [Name in keyof Content]: Content[Name] };
  private readonly renderer: PointRenderer;
  private readonly compositor: Compositor;
  private readonly jobs: LabelJobs;
  private readonly cycle: ViewCycle;
  private readonly interaction: Interaction;
  private readonly ends = new AbortController();
  private readonly observer: ResizeObserver;
  private showsLabels = true;
  private pickMs = 0;

  constructor(events: MapEvents, share: () => number = () => 1) {
    const { cloud, labels, measure } = this;
    this.content = {
      cloud,
      labels,
      measure,
      theme: LIGHT,
      grid: { level: -1, origin: [0, 0, 0], fitting: NO_FITTING, names: null },
      marks: NO_MARKS,
      tokens: new TokenTable("", new Uint32Array(1)),
      importance: new Uint32Array(0),
      clusters: [],
      trails: [],
      isFollowing: false,
      outline: null,
      covered: null,
    };
    const layers = createLayers(this.element);
    this.renderer = new PointRenderer(layers.points, cloud);
    this.compositor = new Compositor(layers, this.renderer, this.content);
    this.jobs = new LabelJobs({
      choose: (index) => this.chooseLabels(index),
      onIndex: () => this.interaction.updateHovered(),
      onLabels: () => this.cycle.redrawTop(),
    });
    this.cycle = new ViewCycle({
      cloud,
      compositor: this.compositor,
      jobs: this.jobs,
      isHeld: () => this.interaction.isHeld,
      share,
      onCamera: (camera) => events.onCamera(camera),
      onMove: (camera) => events.onMove?.(camera),
    });
    this.interaction = new Interaction(this.surface(), events);
    this.setTheme(LIGHT);
    this.setTool("move");
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    const { signal } = this.ends;
    signal.addEventListener("abort", listen(this.element, this.interaction));
    // three.js restores its own state first, and sends the points again when they are drawn.
    layers.points.addEventListener("webglcontextrestored", () => this.cycle.restored(), { signal });
    document.fonts.addEventListener("loadingdone", () => this.fontsLoaded(), { signal });
  }

  setTokens(tokens: TokenTable, importance: Uint32Array): void {
    if (tokens.n !== importance.length)
      throw new Error(`${tokens.n} tokens, but ${importance.length} in the order of importance: both must be the same`);
    Object.assign(this.content, { tokens, importance, marks: NO_MARKS, clusters: [], trails: [] });
    this.cloud.resize(importance);
    this.labels.clear();
    this.cycle.reset();
  }

  setImportance(importance: Uint32Array): void {
    this.content.importance = importance;
    this.cloud.setImportance(importance);
    this.jobs.relabel();
    this.cycle.redraw();
  }

  setPoints(points: Float32Array, dims: Dims, animate: boolean, moment = 0): void {
    const { n } = this.cloud;
    const count = points.length / (n * dims || 1);
    if (!Number.isInteger(count) || (count === 0 && n > 0))
      throw new Error(`${points.length} numbers are not ${dims} for each of ${n} tokens`);
    this.content.isFollowing = false;
    this.goTo(points, dims, fitPoints(points, dims), moment, startOf(animate));
  }

  followPoints(points: Float32Array, dims: Dims, steadyMs: number): void {
    const { cycle, content } = this;
    if (cycle.dims !== dims) return this.setPoints(points, dims, cycle.dims !== null);
    const { fitting: before } = content.grid;
    const fitting = cycle.camera.isHome ? keptFitting(points, dims, before) : before;
    content.isFollowing = true;
    this.goTo(points, dims, fitting, 0, startOf(true), steadyMs);
  }

  private goTo(
    points: Float32Array,
    dims: Dims,
    fitting: Fitting,
    moment: number,
    start: number | null,
    steadyMs: SteadyMs = null,
  ): void {
    const { cloud, content, cycle } = this;
    const isFitted = fitting !== content.grid.fitting || steadyMs === null;
    cloud.moveTo(points, dims, fitting, moment);
    content.grid = { ...content.grid, level: fitting.low[1] - GRID_GAP, origin: visibleOrigin(fitting), fitting };
    cycle.setDims(dims, start, steadyMs);
    if (isFitted) cycle.camera.setHome(this.home(cycle.view), start, steadyMs);
    cycle.changed();
  }

  setMoment(moment: number, animate: boolean): void {
    const { moments } = this.cloud;
    if (moments === null || moment > moments.count - 1) return; // those points are not here yet
    this.cycle.showMoment(moment, startOf(animate));
  }

  setTrails(ids: readonly number[]): void {
    this.content.trails = ids;
    this.jobs.relabel();
    this.cycle.redrawTop();
  }

  isGliding(): boolean {
    return this.cycle.isGliding;
  }

  setAxes(names: readonly string[] | null): void {
    this.content.grid = { ...this.content.grid, names };
    this.cycle.changed();
  }

  setColors(colors: MapColors): void {
    this.cloud.setColors(colors);
    this.cycle.redraw();
  }

  setClusterLabels(labels: readonly ClusterLabel[]): void {
    this.content.clusters = labels;
    this.jobs.relabel();
  }

  setNames(names: TokenTable): void {
    this.content.tokens = names;
    this.labels.clear();
    this.jobs.relabel();
  }

  setMarks(marks: Marks): void {
    const before = this.content.marks;
    this.content.marks = marks;
    const isSame = haveSameTokens(before, marks);
    if (!isSame) {
      this.cloud.setMarks(marks, before);
      this.cycle.redraw();
    }
    if (!isSame || before.chosen !== marks.chosen) this.jobs.relabel();
    this.cycle.redrawTop();
  }

  setCovered(covered: Box | null): void {
    this.content.covered = covered;
    this.jobs.relabel();
    this.cycle.redrawTop();
  }

  setLabels(shown: boolean): void {
    this.showsLabels = shown;
    this.labels.clear();
    this.jobs.relabel();
  }

  setTool(tool: Tool): void {
    this.interaction.setTool(tool);
  }

  setTheme(theme: MapTheme): void {
    this.content.theme = theme;
    setStyle(this.element, { background: theme.background });
    const [background, ink, accent] = [theme.background, theme.ink, theme.accent].map(rgbOf);
    this.renderer.setColors({ background, ink, accent });
    this.fontsLoaded();
    this.cycle.redraw();
  }

  getCamera(): Camera {
    return this.cycle.camera.goal;
  }

  setCamera(camera: Camera | null, animate: boolean): void {
    if (camera?.target.some(Number.isNaN)) return; // to a token without a place
    this.cycle.camera.set(camera, startOf(animate));
    this.cycle.changed();
  }

  follow(camera: Camera): void {
    this.cycle.camera.set(camera, null);
    this.cycle.changed(HELD_REST_MS); // more will follow
  }

  fit(ids: ArrayLike<number> | null): void {
    const { cloud } = this;
    const { width, height } = this.cycle.view;
    if (cloud.n === 0) return;
    const points = ids === null ? cloud.core() : cloud.goalsOf(ids);
    this.cycle.camera.goTo(fit(this.getCamera(), points, width, height), startOf(true));
    this.cycle.changed();
  }

  lookAt(id: number): Camera | null {
    const [x, y, z] = this.cloud.goalsOf([id]);
    if (this.cycle.dims === null || !Number.isFinite(x)) return null;
    const camera: Camera = { ...this.getCamera(), target: [x, y, z] };
    this.setCamera(camera, true);
    return camera;
  }

  pick(x: number, y: number): number | null {
    const start = performance.now();
    const mark = this.compositor.edgeMarks(this.cycle.view).find(({ box }) => contains(box, x, y));
    const id =
      mark?.id ??
      this.labels.at(x, y) ??
      pickToken(this.cloud, this.content.marks, this.cycle.view, this.jobs.index, x, y);
    this.pickMs = performance.now() - start;
    return id;
  }

  place(id: number): { x: number; y: number } | null {
    const spot: Place = { x: 0, y: 0, depth: 0 };
    const isInFront = this.cloud.project(this.cloud.order.slotOf[id], this.cycle.view, spot);
    return isInFront ? { x: spot.x, y: spot.y } : null;
  }

  coordinates(): Float32Array {
    return this.cloud.placesById();
  }

  ways(ids: readonly number[]): Float32Array {
    const { moments } = this.cloud;
    if (moments === null) return new Float32Array(0);
    const all = Array.from({ length: moments.count }, (_, moment) => ids.map((id) => moments.place(moment, id)));
    return Float32Array.from(
      all
        .flat()
        .filter(([x]) => Number.isFinite(x))
        .flat(),
    );
  }

  async png(scale: number, options?: PictureOptions): Promise<Blob> {
    await this.settle();
    return this.compositor.png(this.cycle.view, scale, options);
  }

  /** The same as a canvas, without a frame. */
  async picture(scale: number, isTransparent: boolean): Promise<HTMLCanvasElement> {
    await this.settle();
    return this.compositor.picture(this.cycle.view, scale, isTransparent);
  }

  film(frame: PictureFrame | null): MapFilm {
    const film = this.compositor.film(this.cycle.view, frame);
    return { canvas: film.canvas, draw: (now) => this.compositor.drawFilm(film, this.cycle.view, now) };
  }

  stats(): MapStats {
    const { total } = this.cloud;
    return {
      drawn: Math.min(this.cycle.drawn, total),
      total,
      frames: [...this.cycle.times],
      labels: this.labels.visible.map(({ id, text, note, box }) => ({ id, text, note, ...box })),
      ticks: this.compositor.ticks(this.cycle.view).map(({ text, box }) => ({ text, x: box.x, y: box.y })),
      edgeMarks: this.compositor
        .edgeMarks(this.cycle.view)
        .map(({ id, text, box }) => ({ id, text, x: box.x, y: box.y })),
      gpuBytes: this.renderer.gpuBytes,
      settled: this.cycle.isSettled,
      pickMs: this.pickMs,
      indexMs: this.jobs.indexMs,
    };
  }

  settle(): Promise<void> {
    return this.cycle.settle();
  }

  destroy(): void {
    this.ends.abort();
    this.observer.disconnect();
    this.cycle.destroy();
    this.renderer.destroy();
    this.element.remove();
  }

  /** What gestures need of the map. */
  private surface(): Surface {
    const { cycle, cloud, jobs } = this;
    return {
      camera: cycle.camera,
      size: () => cycle.view,
      turns: () => cycle.dims === 3,
      isIndexed: () => jobs.index !== null,
      pick: (x, y) => this.pick(x, y),
      tokensInside: (area) => tokensInside(cloud, cycle.view, area),
      goHome: () => {
        cycle.camera.goHome(startOf(true));
        cycle.changed();
      },
      onCameraMoved: () => cycle.changed(),
      onOutline: (outline) => {
        this.content.outline = outline;
        cycle.redrawTop();
      },
      setCursor: (cursor) => setStyle(this.element, { cursor }),
    };
  }

  private *chooseLabels(index: ScreenIndex): Generator<void> {
    if (this.showsLabels) yield* this.labels.choose(this.compositor.labelScene(this.cycle.view), index);
  }

  /** The camera of a picture as it opens, on a map of this size. */
  private home({ width, height }: Size): Camera {
    const { cloud, cycle } = this;
    const { fitting, origin } = this.content.grid;
    if (cycle.dims === null) return firstLook(null);
    const points = isOnePlace(fitting) ? Float32Array.of(...fitting.low, ...origin) : cloud.core();
    return fit(firstLook(cycle.dims), points, width, height);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    if (this.cycle.dims !== null) this.cycle.camera.setHome(this.home({ width, height }), null);
    this.cycle.resize(width, height, Math.min(devicePixelRatio, MAX_PIXEL_RATIO));
  }

  /** A font has arrived, or another one is wanted. */
  private fontsLoaded(): void {
    this.measure.clear();
    this.jobs.relabel();
    this.cycle.redrawTop();
  }
}

/** When to start a movement that is animated; null: it jumps, as also for users who prefer reduced motion. */
function startOf(animate: boolean): number | null {
  return animate && !prefersReducedMotion() ? performance.now() : null;
}

function prefersReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
