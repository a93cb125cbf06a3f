using System.Text.Json;

namespace Parti.Silo.Http;

/// <summary>Enum members as words in snake_case, as JSON and query parameters have them.</summary>
internal static class Words
{
    /// <summary>Reads a word; numbers and other spellings are none.</summary>
    internal static bool TryParse<T>(string? text, out T value)
        where T : struct, Enum
    {
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(candidate.ToString()) == text)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The words there are, separated by commas.</summary>
    internal static string Of<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
}
