"""SQL: the facts of touched people who have several documents, for their narrow rows (`latest`).

`sentinel_touched` names each of them with all their documents, everybody else alone. They are few: nothing is read
where nobody of them is touched. Samples of two documents in the same minute are one sample.
"""

from outpost.health.rules import LATEST_KEPT
from outpost.sentinel.queries.latest import DOSES as OF_RECORDS

_OF_DOCUMENTS = "FROM sentinel_touched k JOIN health_latestsamples l ON l.person_id = k.document_id"
_TIMES = f"SELECT k.person_id, unnest(l.sampled_at) AS sampled_at {_OF_DOCUMENTS}"
_NAMES = f"SELECT k.person_id, unnest(l.name_hashes) AS name_hash {_OF_DOCUMENTS}"
SAMPLES = f"""SELECT t.person_id, n.name_hashes, t.oldest_first
  FROM (SELECT person_id, array_agg(at ORDER BY at) AS oldest_first
          FROM (SELECT person_id, at, row_number() OVER (PARTITION BY person_id ORDER BY at DESC) AS place
                  FROM (SELECT person_id, min(sampled_at) AS at FROM ({_TIMES}) every
                         GROUP BY person_id, date_trunc('minute', sampled_at)) one) placed
         WHERE place <= {LATEST_KEPT} GROUP BY person_id) t
  LEFT JOIN (SELECT person_id, array_agg(name_hash) AS name_hashes FROM ({_NAMES}) named
              GROUP BY person_id) n ON n.person_id = t.person_id"""
"""person_id, name_hashes, oldest_first."""
DOSES = f"""SELECT k.person_id, array_agg(v.name_hash) AS name_hashes, {OF_RECORDS}
  JOIN sentinel_touched k ON k.document_id = v.person_id WHERE NOT v.is_withdrawn GROUP BY k.person_id"""
"""person_id, name_hashes and DOSE_COLUMNS."""
