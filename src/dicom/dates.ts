const DAY = 86_400_000;

/**
 * The day that lies so many days before one.
 * @param date as DICOM writes a day (DA, PS3.5, 6.2): `20190305`, or as before 1993 `2019.03.05`
 * @returns undefined where it is no day
 */
export function daysBefore(date: string, days: number): string | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(date.trim()) ?? [];
  if (year === undefined) return undefined;
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day)) return undefined;
  return new Date(at.getTime() - days * DAY).toISOString().slice(0, 10).replaceAll('-', '');
}
