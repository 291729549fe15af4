import TablePagination from '@mui/material/TablePagination';
import { useTranslate } from 'ra-core';

/** The pages of a list that react-admin does not manage; hidden for a single page. */
export function Pagination({
	total,
	page,
	size,
	setPage,
}: {
	total: number;
	page: number;
	size: number;
	setPage: (page: number) => void;
}) {
	const translate = useTranslate();
	return (
		total > size && (
			<TablePagination
				component="div"
				count={total}
				page={page}
				rowsPerPage={size}
				rowsPerPageOptions={[size]}
				onPageChange={(_, to) => setPage(to)}
				getItemAriaLabel={(to) => translate(`ra.navigation.${to}`)}
				labelDisplayedRows={({ from, to, count }) =>
					translate('ra.navigation.page_range_info', { offsetBegin: from, offsetEnd: to, total: count })
				}
			/>
		)
	);
}
