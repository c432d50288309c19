"""How `jupyter nbconvert --to slides` makes a lecture into slides: see `make slides`."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbconvert gives it)

c.TemplateExporter.extra_template_basedirs = [str(Path(__file__).parent)]
c.TemplateExporter.template_name = "slides_template"
# Everything that the slides need lies beside them: no internet is needed to show them.
c.SlidesExporter.reveal_url_prefix = "static/reveal"
c.SlidesExporter.mathjax_url = "static/MathJax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"
c.SlidesExporter.require_js_url = "static/requirejs/require.js"
c.SlidesExporter.jquery_url = "static/jquery/jquery.min.js"
c.SlidesExporter.reveal_theme = "white"
c.SlidesExporter.reveal_transition = "none"
c.SlidesExporter.reveal_number = "c/t"
c.SlidesExporter.reveal_width = "1280"
c.SlidesExporter.reveal_height = "800"
# Without a kernel the still pictures say more than dead controls.
c.ExecutePreprocessor.store_widget_state = False
c.SlidesExporter.exclude_input_prompt = True
c.SlidesExporter.exclude_output_prompt = True
