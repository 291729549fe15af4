/*
 * Loaded before libcurl, with which it is linked: redirects connections to
 * hosts that a test names to a server of that test, whose certificate has their
 * names. The file ELSEWHERE contains the path of the authority's certificate,
 * and then lines for CURLOPT_CONNECT_TO. Without the file, nothing is changed.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kept for the life of the process, because libcurl does not copy the list. */
static struct curl_slist *hosts;
static char authority[4096];

static void
read_hosts(void)
{
	const char *name = getenv("ELSEWHERE");
	FILE *f = hosts == NULL && name != NULL ? fopen(name, "r") : NULL;
	char line[256];

	if (f == NULL)
		return;
	if (fgets(authority, sizeof authority, f) != NULL)
		authority[strcspn(authority, "\n")] = '\0';
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		hosts = curl_slist_append(hosts, line);
	}
	fclose(f);
}

CURLcode
curl_easy_perform(CURL *curl)
{
	CURLcode (*perform)(CURL *) = dlsym(RTLD_NEXT, "curl_easy_perform");

	read_hosts();
	if (hosts != NULL) {
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, hosts);
		curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
	}
	return perform(curl);
}
