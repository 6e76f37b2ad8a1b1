/**
 * Two tables that are compared, as one map to the rest of the page: a map of each side by side, or one map of both.
 *
 * What the page tells the map is told to both, so selection, colors and what is pointed at are the same in both. What it
 * asks is answered by the one that was used last, the leader. Where cameras are linked, the other follows the leader. The
 * map of the first table exists only while there are two.
 */
import type { Dims } from "../data/source";
import type { TokenTable } from "../data/tokens";
import { fit, type Camera } from "../state/camera";
import type { PictureFrame, PictureOptions } from "../state/picture";
import type { MapLayout } from "../state/comparison";
import type { Box } from "./boxes";
import { setStyle } from "./layers";
import type { MapEvents, MapFilm, MapStats, MapTheme, MapView, Marks } from "./map";
import { besideEachOther } from "./pair-picture";
import { toPng } from "./picture";
import type { OneOfTwo } from "./scene";

export type Side = 0 | 1;
type OneMap = MapView & OneOfTwo;

export interface PairEvents extends MapEvents {
  /** As onCamera, of the map of the first table where the cameras are not linked. */
  onFirstCamera(camera: Camera | null): void;
  /** Another map is used. */
  onLeader(side: Side): void;
}

export interface PairStart {
  readonly layout: MapLayout;
  readonly linked: boolean;
  readonly firstCamera: Camera | null;
}

/** What is told again to a map that is made later. */
type Told =
  | "setTokens" | "setImportance" | "setNames" | "setTheme" | "setColors" | "setAxes" | "setClusterLabels"
  | "setLabels" | "setTool"; // prettier-ignore

export class MapPair implements MapView {
  readonly element = document.createElement("div");
  /** Each holds the map of a table. */
  readonly panes: readonly [HTMLElement, HTMLElement];
  leader: Side = 1;
  private first: OneMap | null = null;
  private readonly second: OneMap;
  private readonly told = new Map<Told, readonly unknown[]>();
  private points: { readonly points: Float32Array; readonly dims: Dims } | null = null;
  private marks: readonly [Marks, Marks] | null = null;
  private moment = 1;
  private theme: MapTheme | null = null;
  private layout: MapLayout;
  private linked: boolean;
  private firstCamera: Camera | null;
  /** Whether each map shows the picture as it opens. */
  private readonly areHome: [boolean, boolean] = [true, true];
  private readonly ends = new AbortController();

  /** `make`: a single map. Throws what it throws. */
  constructor(
    private readonly make: (events: MapEvents, share: () => number) => OneMap,
    private readonly events: PairEvents,
    private readonly names: readonly [string, string],
    { layout, linked, firstCamera }: PairStart,
  ) {
    this.layout = layout;
    this.linked = linked;
    this.firstCamera = firstCamera;
    this.element.className = "map-pair";
    setStyle(this.element, { width: "100%", height: "100%" });
    this.panes = [this.pane(0), this.pane(1)];
    this.second = this.makeMap(1);
    if (layout === "beside") this.first = this.makeMap(0);
    if (!linked) this.first?.setCamera(firstCamera, false);
    this.showLayout();
  }

  /** Both, as far as they are there; the first table's first. */
  get maps(): readonly OneMap[] {
    return this.first === null ? [this.second] : [this.first, this.second];
  }

  get viewport(): HTMLElement {
    return this.leading().element;
  }

  setLayout(layout: MapLayout): void {
    if (layout === this.layout) return;
    this.layout = layout;
    if (layout === "beside") {
      this.first = this.makeMap(0);
      this.tellAgain(this.first);
    } else {
      this.first?.destroy();
      this.first = null;
      this.lead(1);
    }
    this.showLayout();
    this.showMoment(false);
    this.applyMarks();
  }

  setLinked(linked: boolean): void {
    this.linked = linked;
    if (linked) this.other()?.setCamera(this.cameraOf(this.leader), true);
  }

  /** What the page has to know of the cameras where they become linked, or each map gets its own. */
  camerasWhen(linked: boolean): { readonly camera: Camera | null; readonly firstCamera: Camera | null } {
    if (linked) return { camera: this.cameraOf(this.leader), firstCamera: null };
    return { camera: this.cameraOf(1), firstCamera: this.cameraOf(0) };
  }

  /** Whether the map that is used is that of the first table, with a camera of its own. */
  get usesFirst(): boolean {
    return !this.linked && this.leader === 0;
  }

  /** The camera of both, or of the second table's map where they are not linked. */
  setSharedCamera(camera: Camera | null): void {
    (this.linked ? this.leading() : this.second).setCamera(camera, true);
  }

  /** That of the first table's own map; null: where a picture opens. */
  setFirstCamera(camera: Camera | null): void {
    this.firstCamera = camera;
    if (!this.linked) this.first?.setCamera(camera, false);
  }

  /** Use the other map. */
  changeLeader(): void {
    if (this.first !== null) this.lead(this.leader === 0 ? 1 : 0);
  }

  setTokens(tokens: TokenTable, importance: Uint32Array): void {
    this.tell("setTokens", tokens, importance);
  }

  setImportance(importance: Uint32Array): void {
    this.tell("setImportance", importance);
  }

  setPoints(points: Float32Array, dims: Dims, animate: boolean, moment = 1): void {
    this.points = { points, dims };
    this.moment = moment;
    this.first?.setPoints(points, dims, animate, 0);
    this.second.setPoints(points, dims, animate, this.layout === "beside" ? 1 : moment);
  }

  followPoints(points: Float32Array, dims: Dims, steadyMs: number): void {
    for (const map of this.maps) map.followPoints(points, dims, steadyMs);
  }

  setMoment(moment: number, animate: boolean): void {
    this.moment = moment;
    this.showMoment(animate);
    this.applyMarks();
  }

  /** Only one map of both has ways to show. */
  setTrails(ids: readonly number[]): void {
    this.second.setTrails(ids);
  }

  isGliding(): boolean {
    return this.maps.some((map) => map.isGliding());
  }

  /** Given from the top left of both. */
  setCovered(covered: Box | null): void {
    const within = ({ offsetLeft, offsetTop }: HTMLElement) =>
      covered && { ...covered, x: covered.x - offsetLeft, y: covered.y - offsetTop };
    this.first?.setCovered(within(this.panes[0]));
    this.second.setCovered(within(this.panes[1]));
  }

  setAxes(names: readonly string[] | null): void {
    this.tell("setAxes", names);
  }

  setColors(colors: Parameters<MapView["setColors"]>[0]): void {
    this.tell("setColors", colors);
  }

  setClusterLabels(labels: Parameters<MapView["setClusterLabels"]>[0]): void {
    this.tell("setClusterLabels", labels);
  }

  setNames(names: TokenTable): void {
    this.tell("setNames", names);
  }

  setMarks(marks: Marks, first: Marks = marks): void {
    this.marks = [first, marks];
    this.applyMarks();
  }

  setLabels(shown: boolean): void {
    this.tell("setLabels", shown);
  }

  setTool(tool: Parameters<MapView["setTool"]>[0]): void {
    this.tell("setTool", tool);
  }

  setTheme(theme: MapTheme): void {
    this.theme = theme;
    this.tell("setTheme", theme);
  }

  getCamera(): Camera {
    return this.leading().getCamera();
  }

  setCamera(camera: Camera | null, animate: boolean): void {
    this.leading().setCamera(camera, animate);
  }

  /** In linked maps the places of the tokens in both tables come into view. */
  fit(ids: ArrayLike<number> | null): void {
    if (this.first === null || ids === null) return this.leading().fit(ids);
    if (!this.linked) return this.maps.forEach((map) => map.fit(ids));
    const { clientWidth, clientHeight } = this.viewport;
    const camera = fit(this.getCamera(), this.ways(Array.from(ids)), clientWidth, clientHeight);
    this.setCamera(camera, true);
    this.events.onCamera(camera);
  }

  /** In linked maps both places of the token come into view. */
  lookAt(id: number): Camera | null {
    const { first } = this;
    if (first === null) return this.second.lookAt(id);
    if (!this.linked) {
      const [firstCamera, camera] = [first.lookAt(id), this.second.lookAt(id)];
      if (firstCamera !== null) this.events.onFirstCamera(firstCamera);
      return camera;
    }
    const places = this.second.ways([id]);
    if (places.length === 0) return null;
    const camera = showing(this.getCamera(), places, this.viewport);
    this.setCamera(camera, true);
    return camera;
  }

  pick(x: number, y: number): number | null {
    return this.leading().pick(x, y);
  }

  place(id: number): { x: number; y: number } | null {
    return this.leading().place(id);
  }

  coordinates(): Float32Array {
    return this.leading().coordinates();
  }

  ways(ids: readonly number[]): Float32Array {
    return this.second.ways(ids);
  }

  async png(scale: number, options: PictureOptions = {}): Promise<Blob> {
    if (this.first === null || this.theme === null) return this.second.png(scale, options);
    const { theme } = this;
    const isTransparent = options.isTransparent ?? false;
    const pictures = await Promise.all([this.first, this.second].map((map) => map.picture(scale, isTransparent)));
    const { canvas, size } = besideEachOther(pictures, this.names, theme, scale, isTransparent);
    return toPng(canvas, size, theme, scale, options);
  }

  film(frame: PictureFrame | null): MapFilm {
    return this.second.film(frame);
  }

  stats(): MapStats {
    return this.leading().stats();
  }

  async settle(): Promise<void> {
    await Promise.all(this.maps.map((map) => map.settle()));
  }

  destroy(): void {
    this.ends.abort();
    for (const map of this.maps) map.destroy();
    this.element.remove();
  }

  private leading(): OneMap {
    return this.leader === 0 && this.first !== null ? this.first : this.second;
  }

  private other(): OneMap | null {
    return this.leader === 0 ? this.second : this.first;
  }

  private pane(side: Side): HTMLElement {
    const pane = document.createElement("div");
    pane.className = "map-pane";
    this.element.append(pane);
    const { signal } = this.ends;
    const use = () => this.lead(side);
    for (const event of ["pointerenter", "pointerdown"]) pane.addEventListener(event, use, { signal });
    return pane;
  }

  private makeMap(side: Side): OneMap {
    const events: MapEvents = {
      ...this.events,
      onCamera: (camera) => this.rested(side, camera),
      onMove: (camera) => this.moved(side, camera),
    };
    const map = this.make(events, () => (this.layout === "beside" ? 0.5 : 1));
    this.panes[side].prepend(map.element);
    return map;
  }

  private showLayout(): void {
    this.element.dataset.layout = this.layout;
    this.panes[0].hidden = this.first === null;
    this.showLeader();
  }

  private lead(side: Side): void {
    if (side === this.leader || (side === 0 && this.first === null)) return;
    this.leader = side;
    this.showLeader();
    this.events.onLeader(side);
  }

  private showLeader(): void {
    this.panes.forEach((pane, side) => pane.toggleAttribute("data-leads", side === this.leader));
  }

  private tell<Name extends Told>(name: Name, ...values: Parameters<MapView[Name]>): void {
    this.told.set(name, values);
    for (const map of this.maps) call(map, name, values);
  }

  /** In the order in which it was told first: the tokens come before all else. */
  private tellAgain(map: OneMap): void {
    for (const [name, values] of this.told) call(map, name, values);
    if (this.points !== null) map.setPoints(this.points.points, this.points.dims, false, 0);
    map.setCamera(this.linked ? this.cameraOf(1) : this.firstCamera, false);
  }

  private showMoment(animate: boolean): void {
    this.second.setMoment(this.layout === "beside" ? 1 : this.moment, animate);
  }

  private applyMarks(): void {
    if (this.marks === null) return;
    const [first, second] = this.marks;
    this.first?.setMarks(first);
    this.second.setMarks(this.layout === "one" && this.moment < 0.5 ? first : second);
  }

  /** null: at home. */
  private cameraOf(side: Side): Camera | null {
    const map = side === 0 ? this.first : this.second;
    return map === null || this.areHome[side] ? null : map.getCamera();
  }

  private rested(side: Side, camera: Camera | null): void {
    if (this.linked || side === 1) this.events.onCamera(camera);
    else {
      this.firstCamera = camera;
      this.events.onFirstCamera(camera);
    }
  }

  private moved(side: Side, camera: Camera | null): void {
    this.areHome[side] = camera === null;
    if (side !== this.leader || !this.linked) return;
    if (camera !== null) this.other()?.follow(camera);
    else if (!this.areHome[this.leader === 0 ? 1 : 0]) this.other()?.setCamera(null, true);
  }
}

/** A part of the map at each edge, where a token counts as hidden. */
const EDGE = 0.12;

/** A camera that looks at the middle of these places, from farther off where they do not fit otherwise. */
function showing(camera: Camera, places: Float32Array, { clientWidth, clientHeight }: HTMLElement): Camera {
  const [x, y] = [EDGE * clientWidth, EDGE * clientHeight];
  const room = { x, y, width: clientWidth - 2 * x, height: clientHeight - 2 * y };
  const near = fit(camera, places, clientWidth, clientHeight, room);
  return { ...near, distance: places.length > 3 ? Math.max(camera.distance, near.distance) : camera.distance };
}

function call(map: MapView, name: Told, values: readonly unknown[]): void {
  (map[name] as (...all: readonly unknown[]) => void)(...values);
}
