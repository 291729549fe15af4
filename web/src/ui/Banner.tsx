import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { onRecovery, useTrouble } from '../data/connection';
import { Foot } from './Foot';

/** Reports that the server cannot be reached; queries are read again once it can. */
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
