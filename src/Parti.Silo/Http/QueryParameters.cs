using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Parti.Client;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http;

/// <summary>The query parameters of a request, of which a route knows some; others are refused by name.</summary>
internal sealed class QueryParameters
{
    private readonly IQueryCollection _query;

    /// <summary>Takes a request's parameters.</summary>
    /// <param name="request">The request.</param>
    /// <param name="known">The names that the route reads.</param>
    /// <exception cref="InvalidRequestException">There is another one, or one is given twice.</exception>
    internal QueryParameters(HttpRequest request, params string[] known)
    {
        _query = request.Query;
        foreach ((string name, StringValues values) in _query)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                string allowed = known.Length == 0 ? "there is none" : $"allowed are {string.Join(", ", known)}";
                throw ProblemAnswers.Parameter(Shorten(name), $"{Shorten(name)} is no parameter of this route; {allowed}.");
            }

            if (values.Count > 1)
            {
                throw ProblemAnswers.Parameter(name, $"{name} is given {values.Count} times; give it once.");
            }
        }
    }

    /// <summary>A text, or null where it is not given.</summary>
    internal string? Text(string name) => _query.TryGetValue(name, out StringValues values) && values[0] is { Length: > 0 } text ? text : null;

    /// <summary>A whole number, or null where it is not given.</summary>
    /// <exception cref="InvalidRequestException">It is out of range.</exception>
    internal int? Whole(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw ProblemAnswers.Parameter(name, $"{name} is \"{Shorten(text)}\", allowed is {least} to {most}.");
    }

    /// <summary>A word, or null where it is not given.</summary>
    /// <exception cref="InvalidRequestException">It is none of those allowed.</exception>
    internal T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return Words.TryParse(text, out T value)
            ? value
            : throw ProblemAnswers.Parameter(name, $"{name} is \"{Shorten(text)}\", allowed is one of {Words.Of<T>()}.");
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
