"""Learning over REST."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.depends import InTurn
from maestro_core.actions import training

router = APIRouter(prefix="/training", tags=["predictions"])


class Trained(BaseModel):
    """What came of each question: learned from how many projects, or why not."""

    questions: dict[str, str] = Field(examples=[{"success": "learned from 40 projects"}])


@router.post("")
def train(doors: InTurn) -> Trained:
    """Learn everything anew now, and answer once that is done. By itself it happens as soon as facts change."""
    return Trained(questions=training.train(doors.open, watch=doors.watch))
