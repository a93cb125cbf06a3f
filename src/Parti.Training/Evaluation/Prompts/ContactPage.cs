using System.Net;
using System.Text;

namespace Parti.Training.Evaluation.Prompts;

/// <summary>The page of a contact sheet: it needs no network and no script to be read; a script adds the filters.</summary>
static class ContactPage
{
    const string Style = """
        :root { color-scheme: light dark; }
        body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; }
        form { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; margin: 1rem 0; position: sticky; top: 0; padding: .5rem 0; background: Canvas; }
        label { display: grid; gap: .2rem; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
        figure { margin: 0; }
        [hidden] { display: none !important; }
        img { width: 100%; height: auto; image-rendering: pixelated; background: #8884; }
        figcaption { overflow-wrap: anywhere; }
        small { display: block; opacity: .75; }
        """;

    const string Script = """
        const form = document.querySelector('form'), count = document.querySelector('output');
        const figures = [...document.querySelectorAll('figure')];
        form.hidden = false;
        function filter() {
          const category = form.category.value, challenge = form.challenge.value, words = form.words.value.trim().toLowerCase();
          let shown = 0;
          for (const figure of figures) {
            const fits = (!category || figure.dataset.category === category) && (!challenge || figure.dataset.challenge === challenge)
              && figure.textContent.toLowerCase().includes(words);
            figure.hidden = !fits;
            shown += fits ? 1 : 0;
          }
          count.textContent = shown + ' of ' + figures.length + ' shown';
        }
        form.addEventListener('input', filter);
        form.addEventListener('submit', event => event.preventDefault());
        filter();
        """;

    /// <summary>The page.</summary>
    /// <param name="head">What stands above the pictures.</param>
    /// <param name="asked">Pictures that there will be.</param>
    /// <param name="pictures">Pictures that there are.</param>
    /// <param name="sheets">Titles and files of the PNG sheets.</param>
    internal static string Of(ContactSheetHead head, int asked, IReadOnlyList<PromptPicture> pictures, IReadOnlyList<(string Title, string File)> sheets)
    {
        string title = Escape($"{head.List}: {head.Model}");
        StringBuilder page = new();
        page.Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
        page.Append($"<title>{title}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n");
        page.Append($"<p>{pictures.Count} of {asked} pictures, one a prompt: {Escape(head.Settings)}.</p>\n");
        page.Append($"<p>Sheets: {string.Join(", ", sheets.Select(sheet => $"<a href=\"{Escape(sheet.File)}\">{Escape(sheet.Title)}</a>"))}.</p>\n");
        page.Append("<form hidden>\n");
        page.Append(Choice("category", "Category", pictures.Select(picture => picture.Entry.Category)));
        page.Append(Choice("challenge", "Challenge", pictures.Select(picture => picture.Entry.Challenge)));
        page.Append("<label>Words <input type=\"search\" name=\"words\"></label>\n<output></output>\n</form>\n<main>\n");
        foreach (PromptPicture picture in pictures)
        {
            page.Append(Figure(picture, head.ImageSize));
        }
        return page.Append($"</main>\n<script>\n{Script}\n</script>\n</body>\n</html>\n").ToString();
    }

    static string Figure(PromptPicture picture, int size)
    {
        PromptEntry entry = picture.Entry;
        string kind = string.Join(" · ", new[] { entry.Category, entry.Challenge, entry.Note }.Where(text => text.Length > 0).Select(Escape));
        return $"<figure data-category=\"{Escape(entry.Category)}\" data-challenge=\"{Escape(entry.Challenge)}\">"
            + $"<img src=\"{Escape(picture.File)}\" width=\"{size}\" height=\"{size}\" loading=\"lazy\" alt=\"Generated picture for the prompt: {Escape(entry.Prompt)}\">"
            + $"<figcaption>{Escape(entry.Prompt)}{(kind.Length > 0 ? $"<small>{kind}</small>" : "")}</figcaption></figure>\n";
    }

    static string Choice(string name, string label, IEnumerable<string> values)
    {
        IEnumerable<string> options = values.Where(value => value.Length > 0).Distinct().Order(StringComparer.Ordinal)
            .Select(value => $"<option value=\"{Escape(value)}\">{Escape(value)}</option>");
        return $"<label>{label} <select name=\"{name}\"><option value=\"\">every one</option>{string.Concat(options)}</select></label>\n";
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
