import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { onRecovery, useTrouble } from '../data/connection';
import { Foot } from './Foot';

/** Reports that the server is unreachable, and repeats the queries when the server is reachable again. */
export function Banner() {
	const translate = useTranslate();
	const trouble = useTrouble();
	const queries = useQueryClient();
	useEffect(
		() =>
			onRecovery(() => {
				queries.invalidateQueries();
			}),
		[queries],
	);
	return trouble && <Foot role="alert">{translate(`i18n.connection.${trouble}`)}</Foot>;
}
