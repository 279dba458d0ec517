import type { Shape } from './scene';

/** Points of a regular polygon round (0, 0), the first at `start` degrees clockwise from the top. */
function ring(points: number, radius: (at: number) => number, start = 0): string {
  const corner = (at: number): string => {
    const angle = ((start + (360 * at) / points) * Math.PI) / 180;
    return `${fixed(radius(at) * Math.sin(angle))} ${fixed(-radius(at) * Math.cos(angle))}`;
  };
  return `M${Array.from({ length: points }, (_, at) => corner(at)).join('L')}Z`;
}

/** Three decimals are far below a pixel, and keep the last bits of the sine out of the picture. */
function fixed(value: number): string {
  return String(Math.round(value * 1000) / 1000 + 0);
}

const outlines: Record<Shape, (r: number) => string> = {
  circle: (r) => `M0 ${-r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 ${-r}Z`,
  square: (r) => ring(4, () => 1.25 * r, 45),
  triangle: (r) => ring(3, () => 1.2 * r),
  star: (r) => ring(10, (at) => (at % 2 === 0 ? 1.2 * r : 0.5 * r)),
  moon: (r) => {
    const outer = fixed(1.1 * r);
    const inner = fixed(1.25 * r);
    const tip = fixed(0.45 * r);
    const high = fixed(1.004 * r);
    return `M${tip} -${high}A${outer} ${outer} 0 1 0 ${tip} ${high}A${inner} ${inner} 0 0 1 ${tip} -${high}Z`;
  },
  cross: (r) => {
    const arm = fixed(1.1 * r);
    const half = fixed(0.38 * r);
    const run = fixed(0.72 * r);
    return `M-${half} -${arm}H${half}v${run}H${arm}V${half}H${half}V${arm}H-${half}V${half}H-${arm}V-${half}H-${half}Z`;
  },
};

/** SVG path data of a shape round (0, 0); every shape covers about the area of a circle of this radius. */
export function shapePath(shape: Shape, radius: number): string {
  return outlines[shape](radius);
}
