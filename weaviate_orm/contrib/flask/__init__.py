"""Flask: a session for each application context, 404 for what is missing, and JSON of objects.

Needs the ``flask`` extra.

::

    db = Weaviate()

    def create_app():
        app = Flask(__name__)
        app.config["WEAVIATE_URL"] = "http://localhost:8080"
        db.init_app(app)
        return app

    @app.get("/articles/<uuid:id>")
    def article(id):
        return jsonify(db.get_or_404(Article, id))
"""

try:
    from weaviate_orm.contrib.flask.flask_extension import Weaviate
except ModuleNotFoundError as error:
    if error.name != "flask":
        raise
    raise ModuleNotFoundError(
        'weaviate_orm.contrib.flask needs Flask: pip install "weaviate-mapper[flask]"', name=error.name
    ) from error
from weaviate_orm.contrib.flask.flask_json import WeaviateJSONProvider

__all__ = ["Weaviate", "WeaviateJSONProvider"]
