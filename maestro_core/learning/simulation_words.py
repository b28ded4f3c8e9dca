"""The words that simulated portfolios are made of, and how common each is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from maestro_core.terms import ArtifactKind, TeamRole

DOMAINS = {
    "fraud": 0.15,
    "forecasting": 0.17,
    "recommendation": 0.14,
    "vision": 0.12,
    "NLP": 0.14,
    "churn": 0.12,
    "pricing": 0.09,
    "maintenance": 0.07,
}

PROBLEM_TYPES = {
    "fraud": ("classification", "anomaly detection"),
    "forecasting": ("time series", "regression"),
    "recommendation": ("ranking", "recommendation"),
    "vision": ("image classification", "object detection"),
    "NLP": ("text classification", "information extraction", "question answering"),
    "churn": ("classification", "survival analysis"),
    "pricing": ("regression", "optimisation"),
    "maintenance": ("anomaly detection", "survival analysis"),
}

KINDS = {
    ArtifactKind.DATASET.value: 0.24,
    ArtifactKind.MODEL.value: 0.16,
    ArtifactKind.FEATURE_SET.value: 0.18,
    ArtifactKind.PIPELINE.value: 0.12,
    ArtifactKind.TEMPLATE.value: 0.08,
    ArtifactKind.NOTEBOOK.value: 0.10,
    ArtifactKind.LIBRARY.value: 0.12,
}

HOMELESS = {
    ArtifactKind.DATASET.value: 0.25,
    ArtifactKind.MODEL.value: 0.15,
    ArtifactKind.FEATURE_SET.value: 0.2,
    ArtifactKind.PIPELINE.value: 0.5,
    ArtifactKind.TEMPLATE.value: 0.8,
    ArtifactKind.NOTEBOOK.value: 0.4,
    ArtifactKind.LIBRARY.value: 0.8,
}
"""The share of artifacts of each kind that belong to no domain."""

PLANNED = {
    ArtifactKind.DATASET.value: 0.75,
    ArtifactKind.MODEL.value: 0.45,
    ArtifactKind.FEATURE_SET.value: 0.5,
    ArtifactKind.PIPELINE.value: 0.45,
    ArtifactKind.TEMPLATE.value: 0.85,
    ArtifactKind.NOTEBOOK.value: 0.3,
    ArtifactKind.LIBRARY.value: 0.65,
}
"""The share of uses of each kind that are chosen in planning, before the project starts; the others come up later."""

ROLES = {
    TeamRole.DATA_SCIENTIST.value: 0.32,
    TeamRole.ML_ENGINEER.value: 0.22,
    TeamRole.DATA_ENGINEER.value: 0.16,
    TeamRole.SOFTWARE_ENGINEER.value: 0.14,
    TeamRole.ANALYST.value: 0.09,
    TeamRole.PRODUCT_MANAGER.value: 0.07,
}

SUBJECTS = {
    "fraud": ("card-payments", "account-takeover", "refund-abuse", "merchant-risk", "claims", "loan-applications"),
    "forecasting": ("weather-hourly", "store-demand", "energy-load", "call-volume", "cash-flow", "parcel-volume"),
    "recommendation": ("next-basket", "homepage-slots", "similar-items", "playlist", "offer-mail", "search-clicks"),
    "vision": ("shelf-photos", "weld-seams", "crop-drone", "id-documents", "road-damage", "parcel-labels"),
    "NLP": ("support-tickets", "contract-clauses", "product-reviews", "medical-notes", "news-events", "mail-routing"),
    "churn": (
        "customer-churn",
        "subscription-renewal",
        "trial-conversion",
        "dormant-accounts",
        "winback",
        "tariff-moves",
    ),
    "pricing": ("hotel-rates", "used-cars", "promo-uplift", "freight-quotes", "markdown", "insurance-premiums"),
    "maintenance": (
        "pump-sensors",
        "turbine-vibration",
        "battery-health",
        "elevator-faults",
        "rail-switches",
        "hvac-logs",
    ),
    "": (
        "tabular",
        "experiment",
        "training",
        "evaluation",
        "monitoring",
        "time-window",
        "text-clean",
        "geo",
        "calendar",
    ),
}

QUALIFIERS = (
    "", "eu", "uk", "us", "nordic", "apac", "retail", "b2b", "mobile", "daily", "weekly", "realtime", "batch", "core",
    "pilot", "dach", "latam", "online", "partner", "premium",
)  # fmt: skip

NOUNS = {
    ArtifactKind.DATASET.value: ("", "history", "labels", "events", "snapshots"),
    ArtifactKind.MODEL.value: ("classifier", "embedding", "ranker", "baseline-model", "ensemble"),
    ArtifactKind.FEATURE_SET.value: ("features", "aggregates", "window-features", "signals"),
    ArtifactKind.PIPELINE.value: ("training-pipeline", "ingest", "scoring-pipeline", "backfill"),
    ArtifactKind.TEMPLATE.value: ("project-template", "report-template", "service-template", "checklist"),
    ArtifactKind.NOTEBOOK.value: ("exploration", "error-analysis", "eda-notebook", "walkthrough"),
    ArtifactKind.LIBRARY.value: ("toolkit", "metrics-lib", "loaders", "validation-lib"),
}

GOALS = ("alerts", "scoring", "rollout", "insights", "assistant", "triage", "optimiser", "early-warning", "upgrade")

AREAS = ("src/features", "src/models", "src/data", "src/serving", "pipelines", "notebooks", "tests", "infra", "docs")

FILES = (
    "build.py", "config.yaml", "train.py", "clean.py", "evaluate.py", "schema.py", "report.py", "cache.py", "merge.py",
    "encode.py", "split.py", "checks.py", "export.py", "README.md",
)  # fmt: skip

VERBS = ("Add", "Fix", "Speed up", "Simplify", "Test", "Document", "Rename", "Split", "Check", "Log", "Cache", "Remove")

THINGS = (
    "the feature build", "training on fewer rows", "the label join", "missing values", "the evaluation report",
    "the schema of events", "retries of the loader", "the holdout split", "the threshold", "the export of scores",
    "the model card", "drift alerts", "the batch endpoint", "time zones", "the configuration", "old columns",
)  # fmt: skip

GIVEN_NAMES = (
    "Amina", "Jonas", "Mei", "Tomás", "Priya", "Oskar", "Léa", "Kwame", "Sofia", "Daniel", "Yuki", "Ingrid", "Mateo",
    "Fatima", "Lukas", "Chiara", "Arjun", "Hannah", "Piotr", "Zanele", "Emil", "Noor", "Grace", "Viktor", "Elif",
    "Samuel", "Linh", "Nadia", "Hugo", "Esther",
)  # fmt: skip

FAMILY_NAMES = (
    "Okafor", "Lindqvist", "Tanaka", "Moreno", "Sharma", "Novak", "Dubois", "Mensah", "Rossi", "Weber", "Kowalska",
    "Haddad", "Nguyen", "Silva", "Andersen", "Fischer", "Iyer", "Brooks", "Demir", "Petrov", "Dlamini", "Costa",
    "Murphy", "Sato", "Bianchi", "Larsen", "Cohen", "Osei", "Vargas", "Keller",
)  # fmt: skip


def artifact_names(artifacts: pd.DataFrame, chance: np.random.Generator) -> list[str]:
    """A name for each artifact after its domain and kind, all different."""
    pairs = zip(artifacts["domain"], artifacts["kind"], strict=True)
    return _different([(SUBJECTS[domain], NOUNS[kind]) for domain, kind in pairs], chance)


def project_names(projects: pd.DataFrame, chance: np.random.Generator) -> list[str]:
    """A name for each project after its domain, all different."""
    return _different([(SUBJECTS[domain], GOALS) for domain in projects["domain"]], chance)


def person_names(count: int, chance: np.random.Generator) -> list[str]:
    """Given and family names, all different; beyond 900 people a middle initial tells them apart."""
    places = chance.permutation(len(GIVEN_NAMES) * len(FAMILY_NAMES))
    rounds, place = np.divmod(np.arange(count), len(places))
    given, family = np.divmod(places[place], len(FAMILY_NAMES))
    initials = ["", *(f"{chr(letter)}. " for letter in range(ord("A"), ord("Z") + 1))]
    return [f"{GIVEN_NAMES[g]} {initials[r]}{FAMILY_NAMES[f]}" for g, f, r in zip(given, family, rounds, strict=True)]


def _different(words: list[tuple[tuple[str, ...], tuple[str, ...]]], chance: np.random.Generator) -> list[str]:
    """Qualifier, subject and noun joined by hyphens; when taken, with the next qualifier, at last with a number."""
    taken: dict[str, None] = {}
    picks = chance.random((len(words), 3)).tolist()
    for (subjects, nouns), (one, other, turn) in zip(words, picks, strict=True):
        subject, noun = subjects[int(one * len(subjects))], nouns[int(other * len(nouns))]
        taken[next(name for name in _candidates(subject, noun, turn) if name not in taken)] = None
    return list(taken)


def _candidates(subject: str, noun: str, turn: float) -> Iterator[str]:
    first = int(turn * len(QUALIFIERS))
    for qualifier in QUALIFIERS[first:] + QUALIFIERS[:first]:
        yield "-".join(filter(None, (qualifier, subject, noun)))
    for number in itertools.count(2):
        yield "-".join(filter(None, (subject, noun, str(number))))
