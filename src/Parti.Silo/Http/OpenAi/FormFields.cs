using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Fields of a form; each value is text.</summary>
/// <param name="form">The form.</param>
internal sealed class FormFields(IFormCollection form) : RequestFields
{
    /// <inheritdoc/>
    internal override string? Text(string name)
    {
        if (!form.TryGetValue(name, out StringValues values) || values.Count == 0 || string.IsNullOrEmpty(values[0]))
        {
            return null;
        }

        return values.Count == 1 ? values[0] : throw new OpenAiException(name, $"{name} is given {values.Count} times; give it once.");
    }

    /// <inheritdoc/>
    internal override decimal? Whole(string name) => Text(name) is not { } text ? null
        : decimal.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number) ? number
        : throw NotA("a whole number", name);

    /// <inheritdoc/>
    internal override double? Number(string name) => Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw NotA("a number", name);

    /// <inheritdoc/>
    internal override bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        _ => throw NotA("true or false", name),
    };
}
