"""Peer (d): what an analyst does with lifetimes, timed step by step.

lifetimes_peer.py ROUTE [pareto]: ROUTE is copy or read_sql. Prints one line per step:
what, wall milliseconds, processor milliseconds; and the kernel's figures of memory in kB: peak,
shared, of files.
"""

import io
import sys
import time
import warnings

import pandas
import psycopg2
import sqlalchemy
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data

warnings.simplefilter("ignore")
ROUTE = sys.argv[1]
QUERY = "SELECT customer_id, ordered_at::date AS day, amount::float8 AS amount FROM orders"


def step(what, work):
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        result = work()
    except Exception as error:  # a fit that does not converge is a result too
        print(f"(d) {what}: {error}", file=sys.stderr)
        what, result = f"{what} (failed)", None
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"(d) {what}\t{1000 * wall:.1f}\t{1000 * cpu:.1f}", flush=True)
    return result


def read():
    if ROUTE == "read_sql":
        return pandas.read_sql(QUERY, engine, parse_dates=["day"])
    buffer = io.BytesIO()
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({QUERY}) TO STDOUT (FORMAT csv, HEADER)", buffer)
    buffer.seek(0)
    return pandas.read_csv(buffer, parse_dates=["day"])


def write():
    scored = pandas.DataFrame({"p_alive": alive, "purchases": purchases, "value": value}, index=data.index)
    if ROUTE == "read_sql":
        scored.to_sql("peer_scored", engine, if_exists="replace")
        return
    buffer = io.StringIO()
    scored.to_csv(buffer, header=False)
    buffer.seek(0)
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS peer_scored")
        cursor.execute("CREATE TABLE peer_scored (customer_id integer, p_alive float8, purchases float8, value float8)")
        cursor.copy_expert("COPY peer_scored FROM STDIN (FORMAT csv)", buffer)


engine = sqlalchemy.create_engine("postgresql+psycopg2://")
orders = step(f"read by {ROUTE}", read)
data = step("summary", lambda: summary_data_from_transaction_data(
    orders, "customer_id", "day", "amount", observation_period_end="2024-12-31"))
del orders
if sys.argv[2:] == ["pareto"]:
    step("Pareto/NBD fit", lambda: ParetoNBDFitter().fit(data.frequency, data.recency, data["T"]))
    sys.exit()
model = step("BG/NBD fit", lambda: BetaGeoFitter().fit(data.frequency, data.recency, data["T"]))
bought = data[(data.frequency > 0) & (data.monetary_value > 0)]
spend = step("Gamma-Gamma fit", lambda: GammaGammaFitter().fit(bought.frequency, bought.monetary_value))
alive = step("P(alive)", lambda: model.conditional_probability_alive(data.frequency, data.recency, data["T"]))
purchases = step("expected purchases", lambda: model.conditional_expected_number_of_purchases_up_to_time(
    365, data.frequency, data.recency, data["T"]))
value = step("12-month CLV", lambda: spend.customer_lifetime_value(
    model, data.frequency, data.recency, data["T"], data.monetary_value, time=12, freq="D", discount_rate=0.008))
step(f"write by {ROUTE}", write)
with open("/proc/self/status") as status:
    kernel = dict(line.split(":", 1) for line in status)
print("peak", *(kernel[name].split()[0] for name in ("VmHWM", "RssShmem", "RssFile")), sep="\t", flush=True)
# Not part of the whole way.
step("MBG/NBD fit", lambda: ModifiedBetaGeoFitter().fit(data.frequency, data.recency, data["T"]))
