/** The arrays of a point cloud as three.js sends them to the GPU: only what changed, when it changed. */
import { BufferAttribute, BufferGeometry, DynamicDrawUsage, Sphere } from "three";
import type { Changes, PointCloud } from "./point-cloud";

/** Up to this many marked points share a short index; more get one for all points. */
const SHORT_INDEX = 4096;

export class PointBuffers {
  /** All points, in drawing order. */
  all = new BufferGeometry();
  /** The marked ones once more: the same memory through an index. */
  marked = new BufferGeometry();
  private places = new Map<Float32Array, BufferAttribute>();
  private style = dynamic(new Uint8Array(0), 4);
  private index = dynamic(new Uint32Array(0), 1);

  get bytes(): number {
    const arrays = [...this.places.keys(), this.style.array, this.index.array];
    return arrays.reduce((total, array) => total + array.byteLength, 0);
  }

  /** Mark for sending what `changes` names; three.js sends it at the next rendering. */
  update(cloud: PointCloud, changes: Changes): void {
    if (changes.resized) this.rebuild(cloud);
    this.set("from", this.places.get(cloud.from)!);
    this.set("position", this.places.get(cloud.to)!); // the name by which three.js counts the points
    for (const array of changes.places) this.places.get(array)!.needsUpdate = true;
    if (changes.styles === null || changes.styles.length > 0) this.updateStyles(changes.styles);
    if (changes.marked) this.updateIndex(cloud);
  }

  dispose(): void {
    this.all.dispose();
    this.marked.dispose();
  }

  private rebuild(cloud: PointCloud): void {
    this.dispose();
    this.all = new BufferGeometry();
    this.marked = new BufferGeometry();
    // Without a sphere three.js computes one from every point, and complains of points that are NaN.
    for (const geometry of [this.all, this.marked]) geometry.boundingSphere = new Sphere();
    this.places = new Map([cloud.from, cloud.to].map((array) => [array, dynamic(array, 3)]));
    this.style = dynamic(cloud.style, 4);
    this.set("style", this.style);
    this.setIndex(Math.min(cloud.n, SHORT_INDEX));
  }

  private updateStyles(slots: readonly number[] | null): void {
    if (slots === null) this.style.clearUpdateRanges();
    else for (const slot of slots) this.style.addUpdateRange(4 * slot, 4);
    this.style.needsUpdate = true;
  }

  private updateIndex({ marked, n }: PointCloud): void {
    if (marked.length > this.index.count) this.setIndex(n);
    (this.index.array as Uint32Array).set(marked);
    this.index.clearUpdateRanges();
    this.index.addUpdateRange(0, marked.length);
    this.index.needsUpdate = true;
  }

  private setIndex(count: number): void {
    this.index = dynamic(new Uint32Array(count), 1);
    this.marked.setIndex(this.index);
  }

  private set(name: string, attribute: BufferAttribute): void {
    for (const geometry of [this.all, this.marked])
      if (geometry.getAttribute(name) !== attribute) geometry.setAttribute(name, attribute);
  }
}

function dynamic(array: Float32Array | Uint8Array | Uint32Array, itemSize: number): BufferAttribute {
  return new BufferAttribute(array, itemSize).setUsage(DynamicDrawUsage);
}
