import { z } from 'zod';

/** How a table was read. */
export const TableReportSchema = z.object({
  file: z.string(),
  rows: z.number().int().meta({ description: 'Rows below the header' }),
  images: z.number().int().meta({ description: 'Images that they name' }),
  labelled: z.number().int().meta({ description: 'Images that have a label' }),
  separator: z.string(),
  encoding: z.string(),
  labels: z.array(z.string()).meta({ description: 'Columns that are labels' }),
  descriptions: z.array(z.string()).meta({ description: 'Columns that only describe' }),
  notes: z.array(z.string()).meta({ description: 'What is left out, guessed or doubtful' }),
});

export type TableReport = z.infer<typeof TableReportSchema>;
