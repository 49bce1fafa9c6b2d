"""A faithful local gateway: what a bot is developed, tested and loaded against instead of a paid account."""

from chatbot.simulator.app import create_app
from chatbot.simulator.options import Options

__all__ = ["Options", "create_app"]
