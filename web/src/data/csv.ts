// Saves the rows of a table as a file in the server's format: with a byte order mark, by which spreadsheets detect
// UTF-8, and with formulas as text.
export async function saveCsv(name: string, rows: (string | number)[][]) {
	const { unparse } = (await import('papaparse')).default;
	const link = document.createElement('a');
	link.href = URL.createObjectURL(
		new Blob(['\ufeff', unparse(rows, { escapeFormulae: true })], { type: 'text/csv' }),
	);
	link.download = `${name}.csv`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
