// Encoders compared on images with labels: node compare-encoders.js <csv> <folder of results> <home>
import { Semblance } from 'semblance';

const [csv = 'dataset.csv', output = 'results', home] = process.argv.slice(2);

const semblance = await Semblance.open({ home });
try {
  const { encoders } = await semblance.encoders.list();
  const result = await semblance.benchmark.run(
    {
      progress: (done, total, { of, unit }) => console.error(`${of}: ${done} of ${total} ${unit}`),
    },
    {
      configuration: {
        data: { csv },
        encoders: encoders.map(({ name }) => name),
        linearProbe: false,
        analyses: ['groups', 'levels'],
      },
      output,
      k: 3,
    },
  );
  if (!result.complete) throw new Error('No signal was given that could end it.');
  for (const { name, micro } of result.ranking) {
    console.log(`${name}: precision at ${result.k} ${micro?.value.toFixed(3)}`);
  }
  for (const { subject, code } of semblance.benchmark.exclusions({ output })) {
    console.log(`left out: ${subject} (${code})`);
  }
} finally {
  await semblance.close();
}
