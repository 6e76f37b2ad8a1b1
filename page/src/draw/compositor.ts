/**
 * Composes the picture of three layers, one canvas each: the axes grid; the points, drawn by the GPU; and everything
 * above them. Labels can thus change without drawing a million points again.
 */
import type { TokenTable } from "../data/tokens";
import type { PictureFrame, PictureOptions } from "../state/picture";
import { axisNames, drawAxesGrid, drawAxisNames, numberLine, type AxesGrid } from "./axes-grid";
import { drawArrows } from "./arrows";
import { centered, type Box } from "./boxes";
import { drawEdgeMarks, edgeMarks, type EdgeMark } from "./edge-marks";
import { erasing } from "./erasing";
import { Film } from "./film";
import type { LabelScene } from "./label-placement";
import type { Labels } from "./labels";
import type { Layers } from "./layers";
import type { ClusterLabel, Marks, MapTheme } from "./map";
import { drawArea, drawFocus } from "./overlay";
import { drawPath, pathBadges, pathStops, type PathBadge, type PathStop } from "./path";
import { paper, toPng } from "./picture";
import type { PointCloud } from "./point-cloud";
import type { PointRenderer } from "./point-renderer";
import { FEW_POINTS } from "./sizes";
import type { TextMeasure } from "./text";
import { drawTapered } from "./tapered";
import { axisTicks, drawTicks, type Tick } from "./ticks";
import { drawTrails } from "./trails";
import type { View } from "./view";

/** How strong the path of a text is beside what is in focus. */
const FADED_PATH = 0.3;

/** What is drawn. */
export interface Content {
  readonly cloud: PointCloud;
  readonly labels: Labels;
  readonly measure: TextMeasure;
  readonly theme: MapTheme;
  readonly grid: AxesGrid;
  readonly marks: Marks;
  readonly tokens: TokenTable;
  /** Ids, the most important first. */
  readonly importance: Uint32Array;
  readonly clusters: readonly ClusterLabel[];
  /** Tokens whose ways through all moments are drawn; the first stands out. */
  readonly trails: readonly number[];
  /** Whether the points follow a table in training. */
  readonly isFollowing: boolean;
  /** Of the area being drawn, x and y interleaved. */
  readonly outline: readonly number[] | null;
  /** What stands over a part of the map, so that nothing to be pressed may be there. */
  readonly covered: Box | null;
}

export class Compositor {
  private readonly grid: CanvasRenderingContext2D;
  private readonly top: CanvasRenderingContext2D;
  private pixelRatio = 1;

  /** `content` is read again at each drawing. */
  constructor(
    private readonly layers: Layers,
    private readonly renderer: Pick<PointRenderer, "draw" | "image" | "resize">,
    private readonly content: Content,
  ) {
    this.grid = layers.grid.getContext("2d")!;
    this.top = layers.top.getContext("2d")!;
  }

  /** Empties all layers. In CSS pixels, and device pixels for each of them. */
  resize(width: number, height: number, pixelRatio: number): void {
    this.pixelRatio = pixelRatio;
    this.renderer.resize(width, height, pixelRatio);
    for (const canvas of [this.layers.grid, this.layers.top]) {
      canvas.width = Math.round(width * pixelRatio);
      canvas.height = Math.round(height * pixelRatio);
    }
  }

  drawGrid(view: View): void {
    this.clear(this.grid, view);
    this.paintGrid(this.grid, view);
  }

  /** Draw at most `budget` points and all marked ones; return how many points those are. */
  drawPoints(view: View, budget: number): number {
    return this.renderer.draw(view, this.pixelRatio, budget);
  }

  /** Returns whether labels are still fading in or out. `elapsed`: milliseconds since the last time. */
  drawTop(view: View, elapsed: number): boolean {
    this.clear(this.top, view);
    return this.paintTop(this.top, view, elapsed);
  }

  /** All layers in one PNG, `scale` device pixels for each CSS pixel. */
  async png(view: View, scale: number, options: PictureOptions = {}): Promise<Blob> {
    const canvas = await this.picture(view, scale, options.isTransparent ?? false);
    return toPng(canvas, view, this.content.theme, scale, options);
  }

  /** All layers in one canvas. */
  async picture(view: View, scale: number, isTransparent: boolean): Promise<HTMLCanvasElement> {
    const { theme } = this.content;
    const canvas = paper(view, scale, isTransparent ? null : theme.background);
    const points = paper(view, scale, null);
    points.getContext("2d")!.putImageData(await this.renderer.image(view, scale), 0, 0);
    const context = canvas.getContext("2d")!;
    context.scale(scale, scale);
    const pen = isTransparent ? erasing(context, theme.background) : context;
    this.paintGrid(pen, view);
    context.drawImage(points, 0, 0, view.width, view.height);
    this.paintTop(pen, view, 0);
    return canvas;
  }

  /** An empty canvas for a video of the map in its size of now. */
  film(view: View, frame: PictureFrame | null): Film {
    return new Film(view, this.pixelRatio, frame);
  }

  /** Draw what the layers show, with all points. */
  drawFilm(film: Film, view: View, frame: PictureFrame | null): void {
    const { grid, points, top } = this.layers;
    // At once: the GPU's canvas is empty again after this task.
    this.renderer.draw(view, this.pixelRatio, Infinity);
    film.draw([grid, points, top], this.content.theme, frame);
  }

  /** What labels depend on. */
  labelScene(view: View): LabelScene {
    const { cloud, marks, tokens, importance, theme, clusters, trails, isFollowing } = this.content;
    const [sizing, taken] = [cloud.sizing(view), this.takenBoxes(view)];
    return { cloud, view, sizing, marks, tokens, importance, theme, clusters, trails, taken, isFollowing };
  }

  /** The numbers on the axes. */
  ticks(view: View): Tick[] {
    const { theme, grid, cloud, measure } = this.content;
    const names = this.axisNames(view).map(({ box }) => box);
    return axisTicks(view, theme, grid, cloud.depthCue, measure, names);
  }

  /** The marks of outliers that are out of view. */
  edgeMarks(view: View): EdgeMark[] {
    const { theme, cloud, tokens, measure, covered } = this.content;
    return edgeMarks(view, theme, cloud, tokens, measure, covered);
  }

  /** Places that are not free for labels. */
  private takenBoxes(view: View): Box[] {
    const { cloud, marks, grid } = this.content;
    const badges = this.badges(pathStops(marks.path, cloud, view, cloud.sizing(view)));
    // Among a few points there is room to stay clear of the numbers too.
    const ticks = cloud.total <= FEW_POINTS ? this.ticks(view) : [];
    const line = numberLine(view, grid);
    const boxes = [...this.axisNames(view), ...badges, ...ticks, ...this.edgeMarks(view)].map(({ box }) => box);
    return line === null ? boxes : [...boxes, line];
  }

  /** The numbers along the path; none where something else is in focus. */
  private badges(stops: readonly (PathStop | null)[]): PathBadge[] {
    const { path, isFocus } = this.content.marks;
    return isFocus ? [] : pathBadges(path, stops);
  }

  /** Among a few points there is room to stay clear of them and of their numbers along the path. */
  private axisNames(view: View) {
    const { theme, grid, cloud, measure, marks, importance } = this.content;
    if (grid.names === null || cloud.total > FEW_POINTS) return axisNames(view, theme, grid, cloud.depthCue, measure);
    const sizing = cloud.sizing(view);
    const dots = pathStops([...importance], cloud, view, sizing)
      .filter((stop) => stop !== null)
      .map(({ x, y, radius }) => centered(x, y, 2 * radius, 2 * radius));
    const badges = this.badges(pathStops(marks.path, cloud, view, sizing)).map(({ box }) => box);
    return axisNames(view, theme, grid, cloud.depthCue, measure, [...dots, ...badges]);
  }

  private clear(context: CanvasRenderingContext2D, view: View): void {
    context.setTransform(this.pixelRatio, 0, 0, this.pixelRatio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
  }

  private paintGrid(context: CanvasRenderingContext2D, view: View): void {
    const { theme, grid, cloud } = this.content;
    drawAxesGrid(context, view, theme, grid, cloud, cloud.sizing(view));
    drawTicks(context, theme, this.ticks(view));
  }

  private paintTop(context: CanvasRenderingContext2D, view: View, elapsed: number): boolean {
    const { cloud, labels, theme, marks, outline, trails } = this.content;
    const sizing = cloud.sizing(view);
    const stops = pathStops(marks.path, cloud, view, sizing);
    const badges = this.badges(stops);
    const scene = this.labelScene(view);
    labels.follow(scene);
    const drawWay = cloud.moments?.count === 2 ? drawTapered : drawTrails;
    drawWay(context, view, theme, cloud, trails, marks.chosen);
    drawFocus(context, view, theme, marks, cloud, sizing);
    drawPath(context, theme, marks.path, stops, badges, marks.isFocus ? FADED_PATH : 1);
    drawArrows(context, theme, pathStops(marks.arrows.flat(), cloud, view, sizing));
    drawAxisNames(context, theme, this.axisNames(view));
    drawEdgeMarks(context, theme, this.edgeMarks(view), marks.hovered);
    const isFading = labels.draw(context, scene, elapsed);
    if (outline !== null) drawArea(context, theme, outline);
    return isFading;
  }
}
