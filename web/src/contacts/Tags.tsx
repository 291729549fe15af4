import { useRecordContext } from 'ra-core';
import { RowsOf } from '../records/RowsOf';
import type { Contact } from './contact';

/** Returns black or white, whichever has more contrast with the color. */
function ink(color: string): string {
	const [r = 0, g = 0, b = 0] = (/^#(..)(..)(..)$/.exec(color) ?? []).slice(1).map((pair) => parseInt(pair, 16));
	return (r * 299 + g * 587 + b * 114) / 1000 > 140 ? '#1d2125' : '#ffffff';
}

const known = (color: string) => (/^#[0-9a-f]{6}$/i.test(color) ? color : '#dcd8cf');

/** The tags of a contact (default: the current contact). theme.ts defines their style. */
export function Tags({ record }: { record?: Contact }) {
	const contact = useRecordContext<Contact>({ record });
	return (
		<div className="tags">
			<RowsOf reference="tags" ids={contact?.tags ?? []}>
				{(tags) =>
					tags.map(({ id, name, color }) => (
						<span
							key={id}
							className="tag"
							style={{ backgroundColor: known(color), color: ink(known(color)) }}
						>
							{name}
						</span>
					))
				}
			</RowsOf>
		</div>
	);
}
