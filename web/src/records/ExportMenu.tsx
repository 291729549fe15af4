import { useState } from 'react';
import Download from '@mui/icons-material/FileDownloadOutlined';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { Button, useListContext } from 'react-admin';
import { readsAll, useMay } from '../data/permissions';
import { useMe } from '../data/session';

const names: Record<string, string> = { csv: 'CSV', vcard: 'vCard', ndjson: 'NDJSON' };

/** The menu that exports all records that match the list's filters as a file from the server. */
export function ExportMenu({ formats }: { formats?: string[] }) {
	const { resource, filterValues, sort } = useListContext();
	return <FileMenu resource={resource} filter={filterValues} sort={[sort.field, sort.order]} formats={formats} />;
}

/** The same menu outside a list. */
export function FileMenu({
	resource,
	filter,
	sort,
	formats = ['csv', 'ndjson'],
}: {
	resource: string;
	filter: object;
	sort: [string, string];
	formats?: string[];
}) {
	const [anchor, setAnchor] = useState<HTMLElement | null>(null);
	const all = readsAll(useMe(), resource);
	const address = (format: string) =>
		`/api/${resource}/export?${new URLSearchParams({
			format,
			filter: JSON.stringify(filter),
			sort: JSON.stringify(sort),
			...(format === 'csv' && { bom: '1' }),
		})}`;
	return (
		useMay(resource, 'export') && (
			<>
				<Button
					label="ra.action.export"
					aria-haspopup="menu"
					onClick={(event) => setAnchor(event.currentTarget)}
				>
					<Download />
				</Button>
				<Menu open={Boolean(anchor)} anchorEl={anchor} onClose={() => setAnchor(null)}>
					{formats
						.filter((format) => all || format !== 'vcard')
						.map((format) => (
							<MenuItem
								key={format}
								component="a"
								href={address(format)}
								download
								onClick={() => setAnchor(null)}
							>
								{names[format]}
							</MenuItem>
						))}
				</Menu>
			</>
		)
	);
}
