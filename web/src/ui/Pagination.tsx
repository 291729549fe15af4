import TablePagination, { type TablePaginationProps } from '@mui/material/TablePagination';
import { useListContext, useTranslate } from 'ra-core';
import { Pagination as ListPagination } from 'ra-ui-materialui';
import { useFormats } from '../data/useFormats';

/** The pagination of react-admin's lists. Counting stops at a limit, and the total is then shown as "more than" the limit. */
export function ListPages() {
	const translate = useTranslate();
	const { count: number } = useFormats();
	const { moreThan } = (useListContext().meta ?? {}) as { moreThan?: number };
	// The stock component accepts the props of MUI's component, but its type lacks some of them.
	const labels: Partial<TablePaginationProps> = {
		labelDisplayedRows: ({ from, to, count }) =>
			translate('ra.navigation.page_range_info', {
				offsetBegin: number(from),
				offsetEnd: number(to),
				total: moreThan ? translate('i18n.more_than', { n: number(moreThan) }) : number(count),
			}),
	};
	return <ListPagination {...(labels as object)} />;
}

/** The pagination of a list that react-admin does not manage. Hidden if there is only one page. */
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
