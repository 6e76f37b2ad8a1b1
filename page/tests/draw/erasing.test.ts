import { expect, test } from "vitest";
import { erasing } from "../../src/draw/erasing";

function context() {
  const painted: [string, string][] = [];
  const paint = (name: string) =>
    function (this: { globalCompositeOperation: string }) {
      painted.push([name, this.globalCompositeOperation]);
    };
  const made = {
    fillStyle: "",
    strokeStyle: "",
    globalCompositeOperation: "source-over",
    fillRect: paint("fillRect"),
    fillText: paint("fillText"),
    strokeText: paint("strokeText"),
    drawImage: paint("drawImage"),
  };
  return { paper: erasing(made as unknown as CanvasRenderingContext2D, "white"), made, painted };
}

test("paint in the color of the background takes away, and all other paint stays", () => {
  const { paper, made, painted } = context();
  paper.strokeStyle = "white";
  paper.fillStyle = "black";
  paper.strokeText("cat", 0, 0);
  paper.fillText("cat", 0, 0);
  paper.fillStyle = "white";
  paper.fillRect(0, 0, 1, 1);
  paper.drawImage(null as never, 0, 0);
  expect(painted).toEqual([
    ["strokeText", "destination-out"],
    ["fillText", "source-over"],
    ["fillRect", "destination-out"],
    ["drawImage", "source-over"],
  ]);
  expect([made.strokeStyle, made.globalCompositeOperation]).toEqual(["white", "source-over"]);
});
