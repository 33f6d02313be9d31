"""Everything about an investor: who knows her, who looked, a copy of it all, and what may be corrected or erased."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api import own_data
from api.console import asked
from api.console.investor.asking import herself, render
from api.console.shell import HEADERS, Shell
from api.console.visits import Visit
from api.console.ways import INVESTOR
from api.console.words import N_, PLATFORM_STATUSES, known

DATA: Final = "/my/data"
LOOKS_SHOWN: Final = 50
FILES: Final = {
    "platforms": N_("Platforms that know you"),
    "identity": N_("Your name and document number, as platforms gave them"),
    "declarations": N_("What you declared"),
    "sums": N_("Sums of your money by currency"),
    "pledges": N_("Your pledges"),
    "loans": N_("Your loans and offers"),
    "limits": N_("Your limits"),
    "complaints": N_("Your complaints"),
    "looked_at": N_("Who looked at what identifies you"),
    "events": N_("Everything in the ledger that concerns you"),
    "receipts": N_("Receipts of your pledges"),
}


def routes(shell: Shell) -> list[Route]:
    """/my/data and /my/data/copy.zip."""
    return [
        Route(DATA, shell.page(_page(shell), INVESTOR), methods=["GET"], include_in_schema=False),
        Route(f"{DATA}/copy.zip", shell.page(_copy(shell), INVESTOR), methods=["GET"], include_in_schema=False),
    ]


def _page(shell: Shell) -> Any:
    mine = shell.services.mine

    def page(visit: Visit) -> Response:
        asked.read(visit.request)
        her = herself(visit)
        read = mine.platforms(her)
        looks = mine.looks(her).value[: LOOKS_SHOWN + 1] if her.whole else []
        return render(
            shell,
            visit,
            "investor/data.html",
            platforms=read.value,
            standing=lambda each: visit.speech.text(known(PLATFORM_STATUSES, each)),
            looks=[(each, own_data.look(each)) for each in looks[:LOOKS_SHOWN]],
            more=len(looks) > LOOKS_SHOWN,
            files={name: label for name, label in FILES.items() if her.whole or name not in own_data.KEPT_BACK},
            whole=her.whole,
            as_of=read.as_of,
        )

    return page


def _copy(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        asked.read(visit.request)

        def readable(counts: dict[str, int]) -> bytes:
            now = shell.services.now()
            page = shell.render(visit, "investor/copy.html", counts=counts, files=FILES, made_at=now)
            return bytes(page.body)

        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="my-data.zip"'}
        made = own_data.as_zip(own_data.sections(shell.services, herself(visit)), readable)
        return StreamingResponse(made, headers=headers, media_type="application/zip")

    return page
