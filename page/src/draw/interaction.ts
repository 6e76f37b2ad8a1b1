/** What gestures do: move the camera, report what was clicked, hovered or drawn around, and set the cursor. */
import { Area } from "../state/area";
import { orbit, pan, zoom } from "../state/camera";
import type { Tool } from "../state/state";
import type { Size } from "./boxes";
import type { MapEvents } from "./map";
import type { CameraMotion } from "./motion";
import type { Gestures } from "./pointer";

/** Radians of turning for each pixel. */
const TURN = 0.006;

/** What gestures need of the map. */
export interface Surface {
  readonly camera: CameraMotion;
  size(): Size;
  /** Whether dragging turns the points, as in 3-D. */
  turns(): boolean;
  /** Whether what is under the pointer can be found at once. */
  isIndexed(): boolean;
  pick(x: number, y: number): number | null;
  tokensInside(area: Area): Uint32Array;
  /** Glide to where the camera starts. */
  goHome(): void;
  onCameraMoved(): void;
  /** The outline of the area being drawn, x and y interleaved; null: there is none any more. */
  onOutline(outline: readonly number[] | null): void;
  setCursor(cursor: string): void;
}

export class Interaction implements Gestures {
  /** A button or finger is down. */
  isHeld = false;
  private currentTool: Tool = "move";
  private pointer: { readonly x: number; readonly y: number } | null = null;
  /** What onHover reported last. */
  private hovered: number | null = null;

  constructor(
    private readonly surface: Surface,
    private readonly events: Pick<MapEvents, "onHover" | "onClick" | "onArea">,
  ) {}

  setTool(tool: Tool): void {
    this.currentTool = tool;
    this.showCursor();
  }

  tool(): Tool {
    return this.currentTool;
  }

  turns(): boolean {
    return this.surface.turns();
  }

  turn(x: number, y: number): void {
    const { camera } = this.surface;
    camera.goTo(orbit(camera.current, x * TURN, y * TURN), null);
    this.surface.onCameraMoved();
  }

  pan(x: number, y: number): void {
    const { camera } = this.surface;
    const { width, height } = this.surface.size();
    camera.goTo(pan(camera.current, x, y, width, height), null);
    this.surface.onCameraMoved();
  }

  zoom(factor: number, x: number, y: number): void {
    const { camera } = this.surface;
    const { width, height } = this.surface.size();
    camera.goTo(zoom(camera.current, factor, x, y, width, height), null);
    this.surface.onCameraMoved();
  }

  hover(place: { readonly x: number; readonly y: number } | null): void {
    this.pointer = place;
    this.updateHovered();
  }

  click(x: number, y: number, add: boolean): void {
    this.events.onClick(this.surface.pick(x, y), add);
  }

  doubleClick(x: number, y: number): void {
    if (this.surface.pick(x, y) === null) this.surface.goHome();
  }

  area(outline: readonly number[] | null): void {
    this.surface.onOutline(outline);
  }

  areaDone(outline: readonly number[], add: boolean): void {
    this.events.onArea(this.surface.tokensInside(new Area(outline)), add);
  }

  held(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.showCursor();
  }

  /** Report what is under the pointer if that changed; while the camera moves or is dragged, nothing is reported. */
  updateHovered(): void {
    if (!this.surface.isIndexed() || this.isHeld) return;
    const id = this.pointer === null ? null : this.surface.pick(this.pointer.x, this.pointer.y);
    if (id === this.hovered) return;
    this.hovered = id;
    this.events.onHover(id);
    this.showCursor();
  }

  private showCursor(): void {
    const overNothing = this.currentTool !== "move" ? "crosshair" : this.isHeld ? "grabbing" : "grab";
    this.surface.setCursor(this.hovered !== null && !this.isHeld ? "pointer" : overNothing);
  }
}
