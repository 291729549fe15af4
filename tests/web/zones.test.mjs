// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Dates and times use the reader's time zone, regardless of the server's.
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

// In the reader's time zone, which is thirteen hours ahead of London, it is February 2.
const now = '2026-02-01T20:00:00Z';
const early = '2026-02-01T12:30:00Z';
const before = '2026-02-01T10:30:00Z';

test('a day starts at midnight in the time zone of the reader', async () => {
	const who = await member({ timezoneId: 'Pacific/Auckland' });
	const { page } = who;
	await page.clock.install({ time: now });
	const { id } = await who.call('/api/contacts', { first_name: 'Second', last_name: 'February', last_seen: early });
	await who.call('/api/contacts', { first_name: 'First', last_name: 'February', last_seen: before });
	await who.call('/api/tasks', { contact_id: id, text: 'Due on the second', due_date: early });
	await who.call('/api/tasks', { contact_id: id, text: 'Due on the first', due_date: before });
	await who.call('/api/appointments', { title: 'Breakfast', starts_at: '2026-02-01T21:15:00Z', ends_at: '2026-02-01T22:15:00Z' });
	const second = page.getByRole('link', { name: 'Second February' }), first = page.getByRole('link', { name: 'First February' });

	await who.go('/contacts');
	await first.waitFor();
	await who.press('Add filter');
	await page.getByRole('menuitemcheckbox', { name: 'Last activity from', exact: true }).click();
	await page.getByLabel('Last activity from', { exact: true }).fill('2026-02-02');
	await first.waitFor({ state: 'detached' });
	await second.waitFor();

	await who.go('/data/contacts');
	await page.getByRole('combobox', { name: 'Column' }).click();
	await page.getByRole('option', { name: 'last_seen', exact: true }).click();
	await page.getByLabel('Value').fill('2026-02-01');
	await who.press('Filter');
	await page.getByRole('cell', { name: 'Second', exact: true }).waitFor({ state: 'detached' });
	await page.getByRole('cell', { name: 'First', exact: true }).waitFor();
	// The row is shown in a filter until the end of the first day, and until
	// the end of the second day.
	for (const [day, seen] of [['2026-02-01', 'detached'], ['2026-02-02', 'visible']]) {
		await who.go(`/data/contacts?filter=${encodeURIComponent(JSON.stringify([{ column: 'last_seen', operator: 'lte', value: day }]))}`);
		await page.getByRole('cell', { name: 'First', exact: true }).waitFor();
		await page.getByRole('cell', { name: 'Second', exact: true }).waitFor({ state: seen });
	}

	await who.go('/tasks?all=1');
	await page.getByRole('region', { name: /^Today/ }).getByText('Due on the second').waitFor();
	await page.getByRole('region', { name: /^Overdue/ }).getByText('Due on the first').waitFor();

	await who.go('/appointments?view=agenda&day=2026-02-02');
	await page.getByText('10:15').first().waitFor();
	await who.close();
});
