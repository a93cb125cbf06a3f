using System.Text.RegularExpressions;

namespace Parti.Http.Tests.OpenAi;

/// <summary>Makes requests whose path, query or headers are wrong somewhere. A function of its source of random numbers.</summary>
/// <param name="random">The source.</param>
/// <param name="server">The server.</param>
/// <param name="method">Method.</param>
/// <param name="route">
/// The route. <c>{id}</c>, <c>{index}</c> and <c>{word}</c> are filled with what is never there, <c>{known}</c> with a job that is.
/// </param>
/// <param name="known">A job.</param>
internal sealed partial class TargetFuzzer(Random random, Uri server, string method, string route, string known)
{
    private static readonly string[] Characters =
        ["%00", "%0d%0a", "%c0%af", "%ff", "%e2%80%ae", "%f0%9f%98%80", "%2e%2e", "%2f", "%5c", "%25", "%zz", "%", "..", "'", "\"", "<", "{", "|", ";", ":", "*", "%c3%a9", "A", "_", "~"];

    private static readonly string[] Queries =
        ["limit=0", "limit=-1", "limit=99999999999999999999", "limit=1e3", "limit=NaN", "limit=1&limit=2", "state=Queued", "state=%00", "state=1", "cursor=x", "cursor=%ff%fe", "cursor=AAAA",
         "format=gif", "format=PNG", "format=0", "size=15", "size=2049", "size=-1", "size=64.5", "size=0x40", "size=64&size=64", "%00=1", "a[]=1", "=", "__proto__=1", "tenant=acme", "key=1"];

    /// <summary>One request.</summary>
    internal HttpRequestMessage Next()
    {
        string path = Parameter().Replace(route, match => match.Value switch
        {
            "{known}" => known,
            "{index}" => Pick("1", "-1", "x", "0x0", "00", "+0", "1e9", "99999999999999999999", Junk()) is "00" ? "0%00" : "7" + Junk(),
            _ => Junk(),
        });

        // A path that is right needs a query that is wrong; elsewhere either may be.
        bool isRight = !path.Contains('%', StringComparison.Ordinal) && !Parameter().IsMatch(route.Replace("{known}", "", StringComparison.Ordinal));
        string query = isRight || random.Next(3) == 0 ? "?" + Query() : "";
        UriCreationOptions raw = new() { DangerousDisablePathAndQueryCanonicalization = true };
        HttpRequestMessage request = new(new(method), new Uri(server.GetLeftPart(UriPartial.Authority) + path + query, raw));
        if (random.Next(3) == 0)
        {
            Header(request);
        }

        request.Content = method == "POST" && random.Next(2) == 0 ? new ByteArrayContent(Bytes()) : null;
        return request;
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    // A name of its own beside the wrong value: not every route has a parameter of that name.
    private string Query() => random.Next(4) == 0
        ? $"{Junk()}={Junk()}"
        : string.Join('&', Pick(Queries), $"q{random.Next(1000)}={Pick("", "1", Junk())}");

    private void Header(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation(
        Pick("Last-Event-ID", "If-None-Match", "Range", "Prefer", "Idempotency-Key", "Accept", "X-Stainless-Retry-Count", "Authorization-Extra"),
        Pick("-1", "99999999999999999999", "\"", "W/", "bytes=9-1", "bytes=-99999999999999", "wait=-1", "wait=1e9", new string('x', 300), "text/event-stream;q=x"));

    private string Junk()
    {
        int length = random.Next(20) == 0 ? random.Next(200, 3000) : random.Next(1, 12);
        return "zz" + string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(3) == 0 ? Pick(Characters) : ((char)random.Next('a', 'z' + 1)).ToString()));
    }

    private byte[] Bytes()
    {
        byte[] bytes = new byte[random.Next(0, 500)];
        random.NextBytes(bytes);
        return bytes;
    }

    private string Pick(params string[] values) => values[random.Next(values.Length)];
}
