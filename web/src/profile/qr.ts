// QR codes (ISO/IEC 18004): bytes, correction level L, versions 1 to 20, mask 0.
const ECC = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

function multiply(x: number, y: number): number { // in GF(256) modulo 0x11d
	let z = 0;
	for (let bit = 7; bit >= 0; bit--)
		z = (z << 1) ^ ((z >>> 7) * 0x11d) ^ (((y >>> bit) & 1) * x);
	return z;
}

function correction(data: number[], degree: number): number[] {
	const divisor = Array<number>(degree).fill(0);
	divisor[degree - 1] = 1;
	for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2))
		for (let j = 0; j < degree; j++)
			divisor[j] = multiply(divisor[j]!, root) ^ (divisor[j + 1] ?? 0);
	const rest = Array<number>(degree).fill(0);
	for (const byte of data) {
		const factor = byte ^ rest.shift()!;
		rest.push(0);
		divisor.forEach((one, i) => { rest[i]! ^= multiply(one, factor); });
	}
	return rest;
}

// Modules that data and correction have for themselves.
function room(version: number): number {
	const marks = Math.floor(version / 7) + 2;
	return (16 * version + 128) * version + 64 -
		(version >= 2 ? (25 * marks - 10) * marks - 55 : 0) - (version >= 7 ? 36 : 0);
}

function codewords(bytes: Uint8Array, version: number): number[] {
	const degree = ECC[version - 1]!, blocks = BLOCKS[version - 1]!;
	const total = room(version) >>> 3;
	const capacity = total - degree * blocks;
	const bits: number[] = [];
	const put = (value: number, length: number) => {
		for (let i = length - 1; i >= 0; i--)
			bits.push((value >>> i) & 1);
	};
	put(4, 4);
	put(bytes.length, version < 10 ? 8 : 16);
	bytes.forEach((byte) => put(byte, 8));
	put(0, Math.min(4, capacity * 8 - bits.length));
	put(0, (8 - bits.length % 8) % 8);
	for (let pad = 0xec; bits.length < capacity * 8; pad ^= 0xec ^ 0x11)
		put(pad, 8);
	const data = Array.from({ length: capacity }, (_, i) =>
		bits.slice(i * 8, i * 8 + 8).reduce((byte, bit) => byte << 1 | bit, 0));
	const short = Math.floor(total / blocks) - degree, long = total % blocks;
	const parts: number[][] = [], checks: number[][] = [];
	for (let i = 0, at = 0; i < blocks; i++) {
		const part = data.slice(at, at += short + (i >= blocks - long ? 1 : 0));
		parts.push(part);
		checks.push(correction(part, degree));
	}
	const woven = (from: number[][], length: number) => Array.from({ length }, (_, i) =>
		from.flatMap((block) => block[i] ?? [])).flat();
	return [...woven(parts, short + 1), ...woven(checks, degree)];
}

function marksOf(version: number, size: number): number[] {
	if (version === 1)
		return [];
	const count = Math.floor(version / 7) + 2;
	const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
	return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - i * step).reverse()];
}

/** The squares of a code, row by row; undefined where the text is too long. */
export function qr(text: string): boolean[][] | undefined {
	const bytes = new TextEncoder().encode(text);
	const version = ECC.findIndex((degree, i) => (room(i + 1) >>> 3) - degree * BLOCKS[i]! >=
		bytes.length + (i < 9 ? 2 : 3)) + 1;
	if (version === 0)
		return undefined;
	const size = version * 4 + 17;
	const dark: (boolean | undefined)[][] = Array.from({ length: size }, () => Array(size).fill(undefined));
	const set = (x: number, y: number, on: boolean) => {
		if (x >= 0 && y >= 0 && x < size && y < size)
			dark[y]![x] = on;
	};
	const square = (cx: number, cy: number, reach: number, off: number[]) => {
		for (let dy = -reach; dy <= reach; dy++)
			for (let dx = -reach; dx <= reach; dx++)
				set(cx + dx, cy + dy, !off.includes(Math.max(Math.abs(dx), Math.abs(dy))));
	};
	for (let i = 0; i < size; i++) {
		set(6, i, i % 2 === 0);
		set(i, 6, i % 2 === 0);
	}
	square(3, 3, 4, [2, 4]);
	square(size - 4, 3, 4, [2, 4]);
	square(3, size - 4, 4, [2, 4]);
	const marks = marksOf(version, size), last = marks.length - 1;
	marks.forEach((x, i) => marks.forEach((y, j) => {
		if (!(i === 0 && j === 0 || i === 0 && j === last || i === last && j === 0))
			square(x, y, 2, [1]);
	}));
	const format = 0b111011111000100; // level L, mask 0
	const bit = (value: number, i: number) => (value >>> i & 1) !== 0;
	for (let i = 0; i < 15; i++) {
		const on = bit(format, i);
		set(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, on);
		set(i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i, 8, on);
	}
	set(8, size - 8, true);
	if (version >= 7) {
		let rest = version;
		for (let i = 0; i < 12; i++)
			rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
		for (let i = 0; i < 18; i++) {
			const on = bit(version << 12 | rest, i), a = size - 11 + i % 3, b = Math.floor(i / 3);
			set(a, b, on);
			set(b, a, on);
		}
	}
	const data = codewords(bytes, version);
	let at = 0;
	for (let right = size - 1; right >= 1; right -= 2) {
		if (right === 6)
			right = 5;
		for (let step = 0; step < size; step++)
			for (const x of [right, right - 1]) {
				const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
				if (dark[y]![x] === undefined) {
					const on = bit(data[at >>> 3] ?? 0, 7 - at % 8);
					dark[y]![x] = on !== ((x + y) % 2 === 0);
					at++;
				}
			}
	}
	return dark as boolean[][];
}
