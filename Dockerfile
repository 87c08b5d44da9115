# docker build -t dermatrend .
# docker run --read-only --tmpfs /tmp -v dermatrend:/data -p 127.0.0.1:8000:8000 dermatrend

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON=/usr/local/bin/python3.11 \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir "uv~=0.13.9"
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-cache
COPY main.py assembly.py commands.py ./
COPY alembic ./alembic
COPY api ./api
COPY domain ./domain
COPY infra ./infra
COPY models ./models
COPY reports ./reports
COPY services ./services
# Whatever the checkout's umask was, the server's user must be able to read it.
RUN python -m compileall -q main.py assembly.py commands.py alembic api domain infra models reports services \
    && chmod -R a+rX /app

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 dermatrend \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin dermatrend \
    && install --directory --mode=0700 --owner=10001 --group=10001 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DERMATREND_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "main.py"]
CMD ["serve", "--host", "0.0.0.0"]
