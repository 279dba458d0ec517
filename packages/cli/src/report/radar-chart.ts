import { abilityAbbreviations } from '@moslora/evaluation';
import { escape, percent } from './markup';
import { abilityTitles, type ReportRun } from './report-data';
import { seriesClass } from './series-style';

const size = { width: 420, height: 360, radius: 142 };
const center = { x: size.width / 2, y: size.height / 2 };

/** Where a fraction of an axis lies; axis 0 points up, the others follow clockwise. */
export function radarPoint(axis: number, axes: number, fraction: number): { x: number; y: number } {
  const angle = (2 * Math.PI * axis) / axes - Math.PI / 2;
  return {
    x: center.x + size.radius * fraction * Math.cos(angle),
    y: center.y + size.radius * fraction * Math.sin(angle),
  };
}

const corner = ({ x, y }: { x: number; y: number }) => `${x.toFixed(1)},${y.toFixed(1)}`;

function ring(fraction: number): string {
  const corners = abilityAbbreviations
    .map((_, axis) => corner(radarPoint(axis, abilityAbbreviations.length, fraction)))
    .join(' ');
  const label = radarPoint(0, abilityAbbreviations.length, fraction);
  return `<polygon class="ring" points="${corners}"/><text class="tick" x="${label.x + 4}" y="${label.y + 4}">${Math.round(100 * fraction)}</text>`;
}

function axis(index: number): string {
  const ability = abilityAbbreviations[index] as (typeof abilityAbbreviations)[number];
  const end = radarPoint(index, abilityAbbreviations.length, 1);
  const label = radarPoint(index, abilityAbbreviations.length, 1.14);
  const anchor = Math.abs(label.x - center.x) < 8 ? 'middle' : label.x > center.x ? 'start' : 'end';
  return (
    `<line class="axis" x1="${center.x}" y1="${center.y}" x2="${end.x.toFixed(1)}" y2="${end.y.toFixed(1)}"/>` +
    `<text class="axis-name" x="${label.x.toFixed(1)}" y="${(label.y + 4).toFixed(1)}" text-anchor="${anchor}">${ability}` +
    `<title>${abilityTitles[ability]}</title></text>`
  );
}

function series(run: ReportRun, index: number, benchmark: string): string {
  const scores = run.scores[benchmark];
  if (!scores) return '';
  const points = abilityAbbreviations.map((ability, axisIndex) =>
    radarPoint(axisIndex, abilityAbbreviations.length, scores.abilities[ability] ?? 0),
  );
  const dots = points.map(({ x, y }, axisIndex) => {
    const ability = abilityAbbreviations[axisIndex] as (typeof abilityAbbreviations)[number];
    const title = `${run.label}, ${abilityTitles[ability]}: ${percent(scores.abilities[ability])}`;
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"><title>${escape(title)}</title></circle>`;
  });
  return `<g class="${seriesClass(run.role, index)}"><polygon points="${points.map(corner).join(' ')}"/>${dots.join('')}</g>`;
}

/** The six abilities of one benchmark, a polygon per run, as an SVG; 0 at the centre, 100 on the rim. */
export function radarChart(runs: readonly ReportRun[], benchmark: string, title: string): string {
  const rings = [0.25, 0.5, 0.75, 1].map(ring).join('');
  const axes = abilityAbbreviations.map((_, index) => axis(index)).join('');
  // Controls first, so that the main run is drawn on top.
  const shapes = runs.map((run, index) => series(run, index, benchmark)).reverse();
  return (
    `<figure><figcaption>${escape(title)}</figcaption>` +
    `<svg class="radar" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}">` +
    `${rings}${axes}${shapes.join('')}</svg></figure>`
  );
}
