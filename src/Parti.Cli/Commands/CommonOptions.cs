using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Parti.Cli.Commands;

/// <summary>Options that several commands share, and how options are checked.</summary>
internal static class CommonOptions
{
    /// <summary>Warnings and stack traces on standard error.</summary>
    internal static Option<bool> Verbose { get; } = new("--verbose") { Description = "Write warnings and, when something fails, its stack trace to standard error.", Recursive = true };

    /// <summary>One JSON object in place of text.</summary>
    internal static Option<bool> Json() => new("--json") { Description = "Write JSON to standard output and nothing else there." };

    /// <summary>Folders of models.</summary>
    internal static Option<string[]> ModelPath() => new("--model-path")
    {
        Description = "Folder of model directories, or one model directory; may be repeated. Default: the shipped models.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>A number within bounds; null where it is not given.</summary>
    /// <param name="name">The option, with dashes.</param>
    /// <param name="description">Its help.</param>
    /// <param name="least">Least value.</param>
    /// <param name="most">Most value.</param>
    /// <param name="aboveLeast">Whether the least value itself is out.</param>
    internal static Option<T?> Number<T>(string name, string description, T least, T most, bool aboveLeast = false)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            CustomParser = result => ReadNumber(result, name, least, most, aboveLeast),
        };

    /// <summary>Numbers within bounds, separated by commas; empty where it is not given.</summary>
    /// <inheritdoc cref="Number" path="/param"/>
    internal static Option<T[]> Numbers<T>(string name, string description, T least, T most)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "x,y,...",
            DefaultValueFactory = _ => [],
            CustomParser = result => [.. TextOf(result).Split(',').Select(text => Parse(result, text, name, least, most, aboveLeast: false) ?? least)],
        };

    private static T? ReadNumber<T>(ArgumentResult result, string name, T least, T most, bool aboveLeast)
        where T : struct, INumber<T> => Parse(result, TextOf(result), name, least, most, aboveLeast);

    private static string TextOf(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : string.Empty;

    private static T? Parse<T>(ArgumentResult result, string text, string name, T least, T most, bool aboveLeast)
        where T : struct, INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value)
            && value >= least && value <= most && !(aboveLeast && value == least))
        {
            return value;
        }

        string shown = text.Length <= 40 ? text : text[..40] + "…";
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is \"{shown}\", allowed is {(aboveLeast ? "above " : "")}{least} to {most}."));
        return null;
    }

    /// <summary>One of several words; null where it is not given.</summary>
    internal static Option<string?> Choice(string name, string description, params string[] words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        CustomParser = result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : string.Empty;
            if (words.Contains(text, StringComparer.Ordinal))
            {
                return text;
            }

            result.AddError($"{name} is \"{text}\", allowed is one of {string.Join(", ", words)}.");
            return null;
        },
    };
}
