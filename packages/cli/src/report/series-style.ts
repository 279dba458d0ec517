import type { ReportRun } from './report-data';

/** CSS class of a run's shapes: colour by position, dashes for controls. */
export function seriesClass(role: ReportRun['role'], index: number): string {
  return `series s${index % 6} ${role}`;
}
