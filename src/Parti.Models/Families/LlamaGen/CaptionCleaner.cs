using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Parti.Models.Families.LlamaGen;

/// <summary>
/// Cleans a caption as LlamaGen's text models were trained on it (the rules of DeepFloyd and PixArt): lower case; no links, mark-up, names of
/// files, codes, CJK ideographs or advertising; one kind of dash and quotation mark. Applied twice, as there. Repair of wrongly decoded
/// text, which the original leaves to a library, is limited to what Unicode itself says: width, ligatures, control characters.
/// </summary>
public static partial class CaptionCleaner
{
    private const string Domains = "(?:com|co|ru|net|org|edu|gov|it)", Files = "(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)";

    // Longer captions are no captions; the patterns below are linear in practice, not by promise.
    private const int CharacterLimit = 4096;

    private static readonly (Regex Pattern, string Replacement)[] Links = Rules(
        ("<person>", "person"),
        ($@"\b((?:https?:(?:\/{{1,3}}|[a-zA-Z0-9%])|[a-zA-Z0-9.\-]+[.]{Domains}[\w/-]*\b\/?(?!@)))", ""),
        ($@"\b((?:www:(?:\/{{1,3}}|[a-zA-Z0-9%])|[a-zA-Z0-9.\-]+[.]{Domains}[\w/-]*\b\/?(?!@)))", ""));

    private static readonly (Regex Pattern, string Replacement)[] Marks = Rules(
        (@"@[\w\d]+\b", ""),
        (@"[\u31c0-\u9fff]+", ""),
        (@"[\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+", "-"),
        ("[`´«»“”¨]", "\""),
        ("[‘’]", "'"),
        ("&quot;?", ""),
        ("&amp", ""),
        (@"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", " "),
        (@"\d:\d\d\s+$", ""),
        (@"\\n", " "),
        (@"#\d{1,3}\b", ""),
        (@"#\d{5,}\b", ""),
        (@"\b\d{6,}\b", ""),
        ($@"[\S]+\.{Files}", ""),
        (@"[""']{2,}", "\""),
        (@"[\.]{2,}", " "),
        (@"[#®•©™&@·º½¾¿¡§~\)\(\]\[\}\{\|\\/\*]+", " "),
        (@"\s+\.\s+", " "));

    private static readonly (Regex Pattern, string Replacement)[] Words = Rules(
        (@"\b[a-zA-Z]{1,3}\d{3,15}\b", ""),
        (@"\b[a-zA-Z]+\d+[a-zA-Z]+\b", ""),
        (@"\b\d+[a-zA-Z]+\d+\b", ""),
        (@"(worldwide\s+)?(free\s+)?shipping", ""),
        (@"(free\s)?download(\sfree)?", ""),
        (@"\bclick\b\s(?:for|on)\s\w+", ""),
        ($@"\b{Files}(\simage[s]?)?", ""),
        (@"\bpage\s+\d+\b", ""),
        (@"\b\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*\b", " "),
        (@"\b\d+\.?\d*[xх×]\d+\.?\d*\b", ""),
        (@"\b\s+\:\s+", ": "),
        (@"(\D[,\./])\b", "$1 "),
        (@"\s+", " "),
        (@"^[""']([\w\W]+)[""']$", "$1"),
        (@"^['_,\-\:;]", ""),
        (@"['_,\-\:\-\+]$", ""),
        (@"^\.\S+$", ""));

    /// <summary>Cleans a caption.</summary>
    /// <param name="caption">Any text; what follows its first 4,096 characters is not read.</param>
    public static string Clean(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Once(Once(caption.Length > CharacterLimit ? caption[..CharacterLimit] : caption));
    }

    private static string Once(string caption)
    {
        string text = WebUtility.UrlDecode(caption).Trim().ToLowerInvariant();
        text = Apply(Links, text);
        text = Apply(Marks, WebUtility.HtmlDecode(Tag().Replace(text, "")));
        if (Joiner().Count(text) > 3)
        {
            text = Joiner().Replace(text, " ");
        }
        text = WebUtility.HtmlDecode(WebUtility.HtmlDecode(Repair(text))).Trim();
        return Apply(Words, text).Trim();
    }

    private static string Apply((Regex Pattern, string Replacement)[] rules, string text) =>
        rules.Aggregate(text, (current, rule) => rule.Pattern.Replace(current, rule.Replacement));

    // Wide and narrow forms and Latin ligatures become plain letters, curly quotes straight ones; control characters go.
    private static string Repair(string text)
    {
        StringBuilder repaired = new(text.Length);
        foreach (char c in text)
        {
            if (c is >= '\uFF01' and <= '\uFF5E')
            {
                repaired.Append((char)(c - '\uFF01' + '!'));
            }
            else if (Ligature(c) is { } letters)
            {
                repaired.Append(letters);
            }
            else if (!char.IsControl(c) || char.IsWhiteSpace(c))
            {
                repaired.Append(c == '\u3000' ? ' ' : c);
            }
        }
        return repaired.ToString();
    }

    private static string? Ligature(char c) => c switch
    {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' or 'ﬆ' => "st",
        _ => null,
    };

    private static (Regex, string)[] Rules(params (string Pattern, string Replacement)[] rules) =>
        [.. rules.Select(rule => (new Regex(rule.Pattern, RegexOptions.CultureInvariant), rule.Replacement))];

    // Comments, declarations, opening and closing tags; a lone "<" is text.
    [GeneratedRegex(@"<!--[\w\W]*?-->|<[!?/]?[a-zA-Z][^<>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("[-_]")]
    private static partial Regex Joiner();
}
