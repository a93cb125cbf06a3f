using System.Text;

namespace Parti.Training.Data;

/// <summary>Splits text into records and fields by RFC 4180.</summary>
/// <param name="file">Named in errors.</param>
/// <param name="text">The text.</param>
/// <param name="separator">Between fields.</param>
sealed class DelimitedReader(string file, TextReader text, char separator)
{
    readonly StringBuilder _field = new();
    long _nextLine = 1;

    /// <summary>Line on which the last record began, from 1.</summary>
    internal long Line { get; private set; }

    /// <summary>What is wrong with the last record; null for nothing.</summary>
    internal string? Fault { get; private set; }

    /// <summary>The fields of the next record; null at the end.</summary>
    /// <exception cref="DataException">A quotation mark is never closed, or the text cannot be read.</exception>
    internal IReadOnlyList<string>? Next() => ManifestText.Guarded(file, Read);

    List<string>? Read()
    {
        (Line, Fault) = (_nextLine, null);
        if (text.Peek() < 0)
        {
            return null;
        }
        List<string> fields = [];
        int end;
        do
        {
            end = text.Peek() == '"' ? Quoted() : Plain();
            fields.Add(_field.ToString());
        }
        while (end == separator);
        return fields;
    }

    int Plain()
    {
        _field.Clear();
        return Rest();
    }

    // Whatever comes before the separator or the end of the line, which is read too.
    int Rest()
    {
        while (true)
        {
            int next = text.Read();
            if (next == separator || next < 0)
            {
                return next;
            }
            if (next is '\n' or '\r')
            {
                _nextLine++;
                if (next == '\r' && text.Peek() == '\n')
                {
                    text.Read();
                }
                return '\n';
            }
            _field.Append((char)next);
        }
    }

    int Quoted()
    {
        _field.Clear();
        text.Read();
        while (true)
        {
            int next = text.Read();
            if (next < 0)
            {
                throw new DataException($"{file}: the quotation mark that opens a field in line {Line} is never closed; close it, or double marks that belong to the text.");
            }
            if (next == '"' && text.Peek() != '"')
            {
                int length = _field.Length, end = Rest();
                Fault ??= _field.Length > length ? "has text after a closing quotation mark; double marks that belong to the text" : null;
                return end;
            }
            _nextLine += next == '\n' ? 1 : 0;
            _field.Append((char)(next == '"' ? text.Read() : next));
        }
    }
}
