// Lists that are loaded page by page, newest first.
import type { ReactNode } from 'react';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { useDataProvider, useTranslate, type Identifier } from 'ra-core';
import { QueryResult, QueryError } from './QueryResult';
import type { Provider } from '../data/dataProvider';

const PAGE = 50;

type Parameters = Record<string, unknown>;

/** Returns the entries of a route with `limit` and `before`. The key starts with the resource, for the feed. */
export function useOlder<T extends { id: Identifier }>(
	path: string,
	parameters: Parameters = {},
	key: unknown[] = [path, parameters],
) {
	const { ask } = useDataProvider<Provider>();
	return useInfiniteQuery({
		queryKey: key,
		initialPageParam: undefined as Identifier | undefined,
		queryFn: ({ pageParam }) => ask<T[]>(path, { ...parameters, before: pageParam, limit: PAGE }),
		getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.id : undefined),
	});
}

/** Returns the rows of a list in the list's order. Each page continues where the previous page ended (see Link in the API). */
export function usePages<T>(path: string, parameters: Parameters) {
	const { askPage } = useDataProvider<Provider>();
	return useInfiniteQuery({
		queryKey: [path, parameters],
		initialPageParam: '',
		queryFn: ({ pageParam }) =>
			askPage<T>(path, { ...parameters, count: 'none', range: [0, PAGE - 1], after: pageParam }),
		getNextPageParam: ({ next }) => next,
		select: ({ pages, pageParams }) => ({ pages: pages.map(({ rows }) => rows), pageParams }),
	});
}

export function Older<T>({
	query,
	empty,
	children,
}: {
	query: UseInfiniteQueryResult<InfiniteData<T[]>>;
	/** Shown in place of an empty list. */
	empty?: ReactNode;
	children: (rows: T[]) => ReactNode;
}) {
	const translate = useTranslate();
	return (
		<QueryResult query={query} waiting={<Skeleton height={120} />}>
			{({ pages }) => {
				const rows = pages.flat();
				return (
					<>
						{rows.length === 0 ? <Typography color="textSecondary">{empty}</Typography> : children(rows)}
						{query.isFetchNextPageError ? (
							<QueryError error={query.error} again={query.fetchNextPage} />
						) : (
							query.hasNextPage && (
								<Button
									onClick={() => query.fetchNextPage()}
									disabled={query.isFetching}
									sx={{ mt: 1 }}
								>
									{translate('profile.more')}
								</Button>
							)
						)}
					</>
				);
			}}
		</QueryResult>
	);
}
