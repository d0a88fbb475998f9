use pg_clv::maths::history::History;
use pg_clv::maths::pareto_nbd::ParetoNbd;
use pg_clv::maths::purchase_model::PurchaseModel;
fn rows(name:&str)->Vec<(Vec<f64>,f64,f64,String)>{
    let mut rd=csv::Reader::from_path(format!("tests/data/oracle/{name}.csv")).unwrap();
    rd.records().map(|r|{let r=r.unwrap();let n=r.len();
      let f:Vec<f64>=(2..n-3).map(|i|r[i].parse().unwrap()).collect();
      (f,r[n-3].parse().unwrap_or(0.0),r[n-2].parse().unwrap_or(1.0),r[n-1].to_string())}).collect()
}
fn check(name:&str, f:impl Fn(&ParetoNbd,&[f64])->f64){
    let mut worst=(0.0,String::new(),0.,0.); let mut aim=worst.clone(); let mut fails=0;
    let mut slow=0.0;
    for (v,value,cond,tag) in rows(name){
        let m=ParetoNbd{r:v[0],alpha:v[1],s:v[2],beta:v[3]};
        let t0=std::time::Instant::now();
        let got=f(&m,&v[4..]);
        let dt=t0.elapsed().as_secs_f64(); if dt>slow {slow=dt;}
        if tag.contains("underflow") {assert!(got<1e-300);continue;}
        let err=if value==0.0 {got.abs()} else {((got-value)/value).abs()};
        let eps=1.1e-16;
        let a=err/f64::max(1e-10,100.*cond*eps); let b=err/f64::max(1e-13,16.*cond*eps);
        if !(a<=1.0) {fails+=1; if fails<10 {println!("FAIL {name} {tag} {v:?} got {got:e} want {value:e} err {err:e}");}}
        if !(a<=worst.0) {worst=(a,tag.clone(),got,value);} if !(b<=aim.0) {aim=(b,tag,got,value);}
    }
    println!("{name}: fails {fails} worst pass {worst:?} aim {aim:?} slowest {slow:e}");
}
#[test] fn all(){
    let h=|v:&[f64]|History{x:v[0],t_x:v[1],age:v[2]};
    check("paretonbd_loglik",|m,v|m.log_likelihood(h(v)));
    check("paretonbd_palive",|m,v|m.p_alive(h(v),0.0));
    check("paretonbd_cond_exp",|m,v|m.expected_purchases(h(v),v[3]));
    check("paretonbd_exp",|m,v|m.expected_purchases_new(v[0]));
    check("paretonbd_pmf",|m,v|m.purchase_pmf_new(v[1] as u64,v[0]));
    check("paretonbd_dert",|m,v|m.discounted_purchases(h(v),v[3],f64::INFINITY));
    check("paretonbd_disc_exp",|m,v|{let (hh,k,d)=(v[3],v[4] as i32,v[5]);
      let disc=|i:i32|(1.0+d).powi(-i);
      (1..=k).map(|i|m.expected_purchases(h(v),hh*f64::from(i))*if i==k {disc(k)} else {disc(i)*d/(1.0+d)}).sum()});
}
