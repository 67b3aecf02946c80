import { openPage } from './browser.ts';

const { browser, page, complaints } = await openPage('http://127.0.0.1:7799/');
const shot = (name: string) => page.screenshot({ path: `/tmp/people-shots/${name}.png` });
const at = (id: string) => page.getByTestId(id);
await page.goto('http://127.0.0.1:7799/');
await page.getByRole('link', { name: 'Settings' }).waitFor();
await shot('01-start');
await page.getByRole('link', { name: 'A folder of the server' }).click();
await at('folders').waitFor();
await shot('02-folders');
await at('folders')
  .getByRole('button', { name: /people-data$/ })
  .click();
await page.getByRole('button', { name: 'Open folder-1', exact: true }).waitFor();
await shot('03-many');
await at('folders').getByRole('button', { name: 'All folders' }).click();
await at('folders')
  .getByRole('button', { name: /radiology$/ })
  .click();
await page.getByRole('button', { name: 'dataset.csv' }).click();
await at('preview-button').click();
await at('preview').or(at('failure')).waitFor();
await page.screenshot({ path: '/tmp/people-shots/04-csv.png', fullPage: true });
await page.locator('details summary').first().click();
await at('collection-name').fill('radiology');
await at('begin').click();
await page.waitForTimeout(9000);
await shot('05-running');
await page.setViewportSize({ width: 390, height: 844 });
await page.waitForTimeout(300);
await shot('06-running-phone');
await page.setViewportSize({ width: 1440, height: 900 });
await at('pause').click();
await page.waitForTimeout(3000);
await shot('07-paused');
await at('resume').click();
await page.waitForTimeout(2500);
await page.goto('http://127.0.0.1:7799/?tasks=folder');
await at('folders')
  .getByRole('button', { name: /dicom$/ })
  .click();
await page.waitForTimeout(500);
await page.locator('details summary').first().click();
await page.screenshot({ path: '/tmp/people-shots/08-dicom.png', fullPage: true });
await at('preview-button').click();
await at('preview').or(at('failure')).waitFor();
await at('preview')
  .locator('details summary')
  .click()
  .catch(() => 0);
await page.screenshot({ path: '/tmp/people-shots/09-dicom-preview.png', fullPage: true });
await at('begin').click();
await page.waitForTimeout(8000);
await page.screenshot({ path: '/tmp/people-shots/10-dicom-done.png', fullPage: true });
console.log(complaints);
await browser.close();
