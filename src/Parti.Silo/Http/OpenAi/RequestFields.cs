using System.Globalization;

namespace Parti.Silo.Http.OpenAi;

/// <summary>The fields of a request's body, be it JSON or a form. Unknown fields are ignored, as OpenAI does; null counts as not given.</summary>
internal abstract class RequestFields
{
    private const int ShownLength = 40;

    /// <summary>A text, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is no text.</exception>
    internal abstract string? Text(string name);

    /// <summary>A whole number, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is none, or too large to be one.</exception>
    internal abstract decimal? Whole(string name);

    /// <summary>A number, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is none.</exception>
    internal abstract double? Number(string name);

    /// <summary>True or false, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is neither.</exception>
    internal abstract bool? Flag(string name);

    /// <summary>A whole number within bounds, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is none, or out of bounds.</exception>
    internal decimal? Whole(string name, decimal least, decimal most)
    {
        decimal? value = Whole(name);
        return value is null || (value >= least && value <= most)
            ? value
            : throw new OpenAiException(name, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, allowed is {least} to {most}."));
    }

    /// <summary>One of some words, or null where it is not given.</summary>
    /// <exception cref="OpenAiException">It is none of them.</exception>
    internal string? Word(string name, params string[] allowed)
    {
        string? value = Text(name);
        return value is null || allowed.Contains(value, StringComparer.Ordinal)
            ? value
            : throw new OpenAiException(name, $"{name} is \"{Shorten(value)}\", allowed is one of {string.Join(", ", allowed)}.");
    }

    /// <summary>The beginning of a text that a message shows.</summary>
    internal static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";

    /// <summary>A value of another kind than the field's.</summary>
    protected static OpenAiException NotA(string kind, string name) => new(name, $"{name} is not {kind}; send {kind} or leave it out.", "invalid_type");
}
