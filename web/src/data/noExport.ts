// Replaces react-admin's CSV writer (3 kB), because the server exports lists.
export default function noExport(): never {
	throw new Error('the server exports lists');
}
